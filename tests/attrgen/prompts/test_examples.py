"""Worked examples give nothing away: never the distortion asked about, nor its kin."""

from __future__ import annotations

from pathlib import Path

import pytest

from exiqa.attrgen.prompts.context import ContextSource
from exiqa.attrgen.prompts.examples import EXAMPLES, LONGEST, PHRASES, profile_cosine, worked_examples
from exiqa.bank.curated.build import curated_phrases
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.screens import name_stems
from exiqa.bank.taxonomy import Distortion, Taxonomy, load_taxonomy

EVERY = [(name, distortion) for name in ("kadid10k", "authentic", "lvq") for distortion in load_taxonomy(name).ids]


def explained(encoder: SentenceEncoder, cached: dict[tuple[str, ...], object]) -> SentenceEncoder:
    """The encoder, which encodes each list once."""

    class Once:
        name, hash = encoder.name, encoder.hash

        def encode(self, sentences: list[str]) -> object:
            key = tuple(sentences)
            if key not in cached:
                cached[key] = encoder.encode(sentences)
            return cached[key]

    return Once()  # type: ignore[return-value]


@pytest.fixture(scope="module")
def once(minilm: SentenceEncoder) -> SentenceEncoder:
    return explained(minilm, {})


@pytest.mark.parametrize(("taxonomy", "distortion"), EVERY)
def test_no_example_shows_a_phrase_of_the_distortion_asked_or_a_word_of_its_name(
    taxonomy: str, distortion: str, once: SentenceEncoder
) -> None:
    asked = load_taxonomy(taxonomy)[distortion]
    own = {attribute.phrase for attribute in curated_phrases()[distortion]}
    shown = set()
    for turn in (1, 2):
        examples = worked_examples(asked, once, None, turn)
        assert len(examples) == EXAMPLES
        for example in examples:
            other = Distortion(id="x", code="", name=example.name, explanation="x", levels=1)
            assert not set(name_stems(asked)) & set(name_stems(other))
            assert not own & set(example.phrases)
            assert 1 <= len(example.phrases) == len(example.effects) <= PHRASES
            assert all(len(phrase.split()) <= LONGEST for phrase in example.phrases)
        shown.add(tuple(example.name for example in examples))
    assert len(shown) == 2, "another round, other examples"


def test_what_looks_alike_is_kin_whatever_it_is_called(once: SentenceEncoder) -> None:
    grain = EffectCurves(levels=(1,), photos=1, visibility={"color_grain": (0.9,), "fine_grain": (0.9,)})
    riddle = Distortion(id="riddle", code="", name="Riddle", explanation="Something is wrong.", levels=1)
    by_effects = {e.name for turn in range(1, 9) for e in worked_examples(riddle, once, grain, turn)}
    by_words = {e.name for turn in range(1, 9) for e in worked_examples(riddle, once, None, turn)}
    assert not any("noise" in name.casefold() for name in by_effects), by_effects
    assert any("noise" in name.casefold() for name in by_words), "else the test shows nothing"


def test_alike_is_the_cosine_of_mean_visibilities() -> None:
    first = EffectCurves(levels=(1, 2), photos=1, visibility={"blur": (0.2, 0.4), "veil": (0.4, 0.4)})
    second = EffectCurves(levels=(1,), photos=1, visibility={"blur": (0.3,)})
    # (0.3, 0.4) and (0.3, 0): 0.09 / (0.5 * 0.3).
    assert profile_cosine(first, second) == 0.6
    assert profile_cosine(first, first) == 1.0


def test_similar_distortions_are_found_by_their_effects_else_by_their_words(once: SentenceEncoder) -> None:
    whole = load_taxonomy("kadid10k")
    taxonomy = Taxonomy(
        id="few", name="Few", distortions=tuple(whole[d] for d in ("gaussian_blur", "jpeg", "impulse_noise"))
    )
    blur = {"blur": (0.5,), "ringing": (0.3,)}
    curves = {
        "gaussian_blur": EffectCurves(levels=(3,), photos=1, visibility=blur),
        "jpeg": EffectCurves(levels=(1,), photos=1, visibility={"specks": (0.9,)}),
        "impulse_noise": EffectCurves(levels=(1,), photos=1, visibility={"blur": (0.6,), "specks": (0.2,)}),
    }
    table = EffectTable(pairs="written here", pairs_hash="0" * 64, effects_version=1, curves=curves)
    found = ContextSource(taxonomy, once, table).of("gaussian_blur", 1, {"similar", "effects"})
    assert [other.name for other in found.similar] == [whole["impulse_noise"].name, whole["jpeg"].name]
    assert found.similar[0].only_here == ("ringing beside edges",)
    assert found.similar[0].only_there == ("isolated specks",)
    assert [(e.name, e.visibility, e.level) for e in found.effects] == [
        ("loss of detail", 0.5, 3),
        ("ringing beside edges", 0.3, 3),
    ]
    assert found.examples == (), "not used, not made"
    by_words = ContextSource(taxonomy, once, None).of("gaussian_blur", 1, {"similar", "effects"})
    assert len(by_words.similar) == 2 and by_words.similar[0].only_here == () and by_words.effects == ()


def test_the_folder_of_a_users_banks_is_not_looked_at(
    once: SentenceEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = worked_examples(load_taxonomy("kadid10k")["jpeg"], once, None, 1)
    (tmp_path / "kadid10k@3.grounding.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    from exiqa.attrgen.prompts.examples import _curated

    _curated.cache_clear()
    assert worked_examples(load_taxonomy("kadid10k")["jpeg"], once, None, 1) == before
