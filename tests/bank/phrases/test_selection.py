"""The selection as a whole: with vectors given by hand, and with the real encoder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from small_banks import BLUR, NOISE, TAXONOMY, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.evidence import Evidence
from exiqa.bank.phrases.selection import IdenticalSets, Selection, SelectionSettings, parse_threshold, select
from exiqa.core.errors import UserError


class Given:
    """An encoder whose vectors are angles, in degrees, on a circle: their cosines can be worked by hand."""

    name = "given"
    hash = "0" * 64

    def __init__(self, **angles: float) -> None:
        self.angles = {phrase.replace("_", " "): angle for phrase, angle in angles.items()}

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        radians = np.deg2rad([self.angles.get(sentence, 0.0) for sentence in sentences])
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def _verdicts(selection: Selection) -> list[tuple[str, str, str]]:
    return [(v.distortion, v.phrase, v.verdict) for v in selection.verdicts]


def _phrases(selection: Selection, distortion: str) -> list[str]:
    return [attribute.phrase for attribute in selection.ranked[distortion]]


BY_RELEVANCE = SelectionSettings(k=2, coverage=0, distinctness=0, threshold=0.95, share_threshold=0.95)


def test_every_candidate_gets_one_verdict_in_order() -> None:
    encoder = Given(a_haze=10, a_fog=12, a_glow=40, a_veil=60, a_far_thing=95)
    candidates = {"gaussian_blur": ["a veil", "a haze", "not a haze", "A Haze.", "a fog", "a glow", "a far thing"]}
    selection = select(TAXONOMY, candidates, encoder, BY_RELEVANCE)
    assert _verdicts(selection) == [
        ("gaussian_blur", "a veil", "out-ranked"),
        ("gaussian_blur", "a haze", "kept"),
        ("gaussian_blur", "not a haze", "negated"),
        ("gaussian_blur", "A Haze.", "clause"),
        ("gaussian_blur", "a fog", "duplicate"),
        ("gaussian_blur", "a glow", "kept"),
        ("gaussian_blur", "a far thing", "off topic"),
    ]
    assert _phrases(selection, "gaussian_blur") == ["a haze", "a glow"]
    details = {v.phrase: v.detail for v in selection.verdicts}
    assert details["a haze"].startswith("rank 1; relevance 0.492, coverage 0.000, distinctness 0.000")
    assert details["a glow"].startswith("rank 2; relevance 0.383")
    assert details["a veil"].startswith("below the best 2; relevance 0.250")
    assert details["a fog"] == "of 'a haze' (cosine 0.9994)"
    assert details["a far thing"].startswith("mean cosine -0.0872 to the explanation and 'a visible flaw in a photo'")
    assert selection.short == {}


def test_the_same_phrase_in_another_case_is_a_duplicate_even_without_a_threshold() -> None:
    settings = BY_RELEVANCE.model_copy(update={"threshold": None})
    candidates = {"gaussian_blur": ["a haze", "A  haze".replace("  ", " "), "a fog"]}
    selection = select(TAXONOMY, candidates, Given(a_haze=10, a_fog=10), settings)
    assert [v.verdict for v in selection.verdicts] == ["kept", "duplicate", "kept"]


def test_a_near_phrase_of_another_distortion_becomes_its_attribute() -> None:
    encoder = Given(a_haze=10, a_fog=12, a_glow=40, a_veil=60)
    candidates = {"white_noise": ["a fog", "a veil"], "gaussian_blur": ["a haze", "a glow"]}
    selection = select(TAXONOMY, candidates, encoder, BY_RELEVANCE)
    # The taxonomy's order counts, not that of the candidates: blur comes first.
    assert _phrases(selection, "white_noise") == ["a haze", "a veil"]
    assert selection.verdicts[2].detail.startswith("rank 1; ")
    assert selection.verdicts[2].detail.endswith("; as 'a haze' (cosine 0.9994)")
    assert selection.verdicts[2].phrase == "a fog"


def test_an_attribute_that_would_name_the_distortion_is_not_shared() -> None:
    encoder = Given(a_noisy_haze=10, a_fog=12, a_glow=40, a_veil=60)
    candidates = {"gaussian_blur": ["a noisy haze", "a glow"], "white_noise": ["a fog", "a veil"]}
    selection = select(TAXONOMY, candidates, encoder, BY_RELEVANCE)
    assert _phrases(selection, "white_noise") == ["a fog", "a veil"]


def test_opposites_are_kept_apart_within_and_across() -> None:
    encoder = Given(a_bright_haze=10, a_dark_haze=10)
    candidates = {"gaussian_blur": ["a bright haze", "a dark haze"], "white_noise": ["a dark haze"]}
    settings = BY_RELEVANCE.model_copy(update={"k": 5})
    selection = select(TAXONOMY, candidates, encoder, settings)
    assert _phrases(selection, "gaussian_blur") == ["a bright haze", "a dark haze"]
    assert _phrases(selection, "white_noise") == ["a dark haze"]
    assert selection.short == {"gaussian_blur": 2, "white_noise": 1}


def test_two_phrases_that_become_one_attribute_are_one() -> None:
    # 20 degrees apart from each other, 10 from the attribute between them.
    encoder = Given(a_haze=30, a_fog=20, a_veil=40)
    settings = SelectionSettings(k=2, coverage=0, distinctness=0, threshold=0.97, share_threshold=0.97)
    selection = select(TAXONOMY, {"gaussian_blur": ["a haze"], "white_noise": ["a fog", "a veil"]}, encoder, settings)
    assert _phrases(selection, "white_noise") == ["a haze"]
    assert [v.verdict for v in selection.verdicts] == ["kept", "kept", "duplicate"]


def _existing(*attributes: Attribute) -> object:
    return small_bank(ranked={"gaussian_blur": attributes})


def test_existing_attributes_are_shared_with_their_antonyms() -> None:
    existing = small_bank(ranked={"gaussian_blur": (Attribute(phrase="a haze", antonym="a crisp air"),)})
    encoder = Given(a_haze=10, a_fog=12, a_crisp_air=80, a_veil=60)
    selection = select(TAXONOMY, {"white_noise": ["a fog", "a veil"]}, encoder, BY_RELEVANCE, existing)
    assert selection.ranked["white_noise"][0] == Attribute(phrase="a haze", antonym="a crisp air")
    assert set(selection.ranked) == {"white_noise"}


def test_a_phrase_nearer_to_the_antonym_does_not_become_the_attribute() -> None:
    existing = small_bank(ranked={"gaussian_blur": (Attribute(phrase="a haze", antonym="an air"),)})
    encoder = Given(a_haze=10, an_air=14, a_fog=13)
    selection = select(TAXONOMY, {"white_noise": ["a fog"]}, encoder, BY_RELEVANCE, existing)
    assert _phrases(selection, "white_noise") == ["a fog"]


def test_identical_sets_are_an_error_that_names_both() -> None:
    encoder = Given(a_haze=10, a_fog=12, a_glow=40, a_shine=42)
    candidates = {"gaussian_blur": ["a haze", "a glow"], "white_noise": ["a fog", "a shine"]}
    with pytest.raises(IdenticalSets, match="gaussian_blur and white_noise have the same 2 attributes") as caught:
        select(TAXONOMY, candidates, encoder, BY_RELEVANCE)
    assert caught.value.distortions == ("gaussian_blur", "white_noise")
    existing = small_bank(ranked={"gaussian_blur": (Attribute(phrase="a haze"), Attribute(phrase="a glow"))})
    with pytest.raises(IdenticalSets):
        select(TAXONOMY, {"white_noise": ["a fog", "a shine"]}, encoder, BY_RELEVANCE, existing)
    # Not yet at full K: the next round may still tell them apart.
    assert select(TAXONOMY, candidates, encoder, BY_RELEVANCE.model_copy(update={"k": 3})).short == {
        "gaussian_blur": 2,
        "white_noise": 2,
    }


def test_what_is_near_to_the_explanation_of_another_distortion_is_the_least_distinct() -> None:
    about_noise = f"{NOISE.name}: {NOISE.explanation}"
    encoder = Given(a_haze=10, a_glow=40, a_veil=-40)
    encoder.angles[about_noise] = -60
    settings = SelectionSettings(k=3, relevance=0, coverage=0, distinctness=1, threshold=0.99, share_threshold=0.99)
    selection = select(TAXONOMY, {"gaussian_blur": ["a veil", "a haze", "a glow"]}, encoder, settings)
    # 20, 70 and 100 degrees from the other explanation, and 100 counts as no likeness at all.
    assert _phrases(selection, "gaussian_blur") == ["a glow", "a haze", "a veil"]
    assert selection.verdicts[1].detail.endswith(f"distinctness {(1 - 0.3420) / 3:.3f}")


def test_generating_a_second_distortion_does_not_rank_the_first_again(minilm: SentenceEncoder) -> None:
    settings = SelectionSettings(k=4)
    for first, second in (("gaussian_blur", "white_noise"), ("white_noise", "gaussian_blur")):
        alone = select(TAXONOMY, {first: REAL[first]}, minilm, settings)
        both = select(TAXONOMY, {first: REAL[first], second: REAL[second]}, minilm, settings)
        verdicts = [[v for v in each.verdicts if v.distortion == first] for each in (alone, both)]
        ranks = [{v.phrase: v.detail.partition("; as ")[0] for v in each} for each in verdicts]
        assert ranks[0] == ranks[1]


WEIGHED = {
    "a dim thing": Evidence("", "", False, 0.0, 0.0),
    "a haze": Evidence("", "claims veil+; seen from level 2", True, 0.2, 0.1),
    "a glow": Evidence("", "claims brighter+; seen from level 1", True, 0.9, 0.4),
    "a mood of light": Evidence("off topic", "it speaks of a mood", False, 0.0, 0.0),
}


def test_where_there_are_pictures_nearness_to_the_topic_is_not_looked_at() -> None:
    # All are 100 degrees and more from the topic.
    encoder = Given(a_dim_thing=100, a_haze=125, a_glow=150, a_mood_of_light=175)
    settings = BY_RELEVANCE.model_copy(update={"k": 3})
    candidates = {"gaussian_blur": list(WEIGHED)}
    assert select(TAXONOMY, candidates, encoder, settings).ranked == {}, "all off topic"
    seen = select(TAXONOMY, candidates, encoder, settings, weigh=lambda _, phrases: [WEIGHED[p] for p in phrases])
    assert _phrases(seen, "gaussian_blur") == ["a glow", "a haze", "a dim thing"], "what is seen first, however near"
    assert seen.unproven == {"gaussian_blur": 1} and seen.short == {}
    assert seen.verdicts[-1].verdict == "off topic" and seen.verdicts[-1].detail == "it speaks of a mood"


def test_smaller_k_is_a_beginning_of_larger_k_through_the_bank(minilm: SentenceEncoder) -> None:
    selection = select(TAXONOMY, REAL, minilm, SelectionSettings(k=4))
    bank = small_bank(ranked=selection.ranked)
    for k in (1, 2, 3):
        assert bank.top(k).ranked["gaussian_blur"] == selection.ranked["gaussian_blur"][:k]


def test_empty_candidates_and_unknown_distortions() -> None:
    selection = select(TAXONOMY, {"gaussian_blur": []}, Given(), SelectionSettings())
    assert (selection.ranked, selection.verdicts, selection.short) == ({}, [], {"gaussian_blur": 0})
    assert select(TAXONOMY, {}, Given(), SelectionSettings()).short == {}
    with pytest.raises(UserError, match="taxonomy small has no distortion 'rain'"):
        select(TAXONOMY, {"rain": ["a haze"]}, Given(), SelectionSettings())


@pytest.mark.parametrize(("text", "value"), [("0.8", 0.8), ("1", 1.0), ("off", None)])
def test_thresholds_as_users_write_them(text: str, value: float | None) -> None:
    assert parse_threshold(text) == value


@pytest.mark.parametrize("text", ["", "0", "-0.1", "1.1", "nan", "inf", "on", "Off"])
def test_bad_thresholds_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="nor a cosine"):
        parse_threshold(text)


REAL = {
    "gaussian_blur": [
        "a softening of details",
        "a softening of the details",
        "a loss of fine texture",
        "a gentle merging of neighboring tones",
        "a hazy, unfocused look",
        "a loss of sharp outlines",
        "increased contrast",
        "decreased contrast",
        "a recipe for banana bread",
    ],
    "white_noise": [
        "a fine grain over flat areas",
        "a sandpaper-like roughness of smooth surfaces",
        "a hazy and unfocused look",
        "a loss of fine texture",
        "a speckle of random bright and dark dots",
    ],
}


def test_the_real_encoder_finds_what_a_reader_would(minilm: SentenceEncoder) -> None:
    selection = select(TAXONOMY, REAL, minilm, SelectionSettings(k=9))
    verdicts = {(v.distortion, v.phrase): v for v in selection.verdicts}
    assert verdicts["gaussian_blur", "a softening of the details"].verdict == "duplicate"
    assert verdicts["gaussian_blur", "a recipe for banana bread"].verdict == "nothing seen"
    assert verdicts["gaussian_blur", "increased contrast"].verdict == "kept"
    assert verdicts["gaussian_blur", "decreased contrast"].verdict == "kept"
    assert "as 'a hazy, unfocused look'" in verdicts["white_noise", "a hazy and unfocused look"].detail
    assert Attribute(phrase="a loss of fine texture") in selection.ranked["white_noise"]
    assert selection.short == {"gaussian_blur": 7, "white_noise": 5}


def test_settings_and_encoder_go_into_the_provenance(minilm: SentenceEncoder) -> None:
    settings = SelectionSettings(k=3, threshold=None)
    recorded = settings.provenance(minilm)
    assert recorded["encoder"] == "all-MiniLM-L6-v2"
    assert recorded["encoder_sha256"] == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    fields = {key: value for key, value in recorded.items() if not key.startswith("encoder")}
    assert SelectionSettings.model_validate(fields) == settings


_SELECT = """
import sys
sys.path[:0] = sys.argv[1:]
from small_banks import TAXONOMY, small_bank
from test_selection import REAL
from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.phrases.selection import SelectionSettings, select
print(small_bank(ranked=select(TAXONOMY, REAL, load_encoder(), SelectionSettings(k=3)).ranked).hash)
"""


def test_the_number_of_threads_does_not_change_the_hash(minilm: SentenceEncoder) -> None:
    command = [sys.executable, "-c", _SELECT, str(Path(__file__).parents[1]), str(Path(__file__).parent)]
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    here = small_bank(ranked=select(TAXONOMY, REAL, minilm, SelectionSettings(k=3)).ranked)
    assert answer.stdout.strip() == here.hash


def test_blur_and_noise_are_screened_for_their_own_names() -> None:
    candidates = {BLUR.id: ["a noisy sky"], NOISE.id: ["a noisy sky"]}
    selection = select(TAXONOMY, candidates, Given(), SelectionSettings(k=1))
    assert [v.verdict for v in selection.verdicts] == ["kept", "names the distortion"]
