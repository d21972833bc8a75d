"""The labelled phrases: valid, whole, and consistent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from exiqa.bank.attribute import attribute_id
from exiqa.bank.curated.build import curated_phrases
from exiqa.bank.linking.effects import EFFECTS
from exiqa.bank.linking.labelled import LABELLED, SOURCES, labelled_phrases, read_labelled
from exiqa.bank.phrases.screens import strip_frame

HEADER = "phrase,source,distortion,kind,effects\n"


def test_every_source_and_every_effect_has_phrases() -> None:
    rows = labelled_phrases()
    assert len(rows) >= 1500
    assert set(SOURCES) == {row.source for row in rows}
    counts = Counter(str(claim) for row in rows for claim in row.effects)
    for effect in EFFECTS:
        assert counts[f"{effect}+"] >= 20, effect
    kinds = Counter(row.kind for row in rows)
    assert min(kinds[kind] for kind in ("mood", "content", "nonsense")) >= 50


def test_each_curated_attribute_and_antonym_is_labelled_and_paraphrased() -> None:
    labels = {attribute_id(row.phrase): row for row in labelled_phrases()}
    attributes = {attribute for ranked in curated_phrases().values() for attribute in ranked}
    for attribute in attributes:
        assert attribute.id in labels, attribute.phrase
        assert attribute.antonym and attribute_id(attribute.antonym) in labels, attribute.antonym
    # The paraphrases stand in the order of the attributes, four or more of each, with its label.
    curated = [row for row in labelled_phrases() if row.source == "curated"]
    paraphrases = Counter(row.targets for row in labelled_phrases() if row.source == "paraphrase")
    for targets, count in Counter(row.targets for row in curated).items():
        assert paraphrases[targets] >= 4 * count, targets


def test_an_antonym_never_claims_what_its_phrase_claims() -> None:
    labels = {attribute_id(row.phrase): row for row in labelled_phrases()}
    for ranked in curated_phrases().values():
        for attribute in ranked:
            assert attribute.antonym
            said = set(labels[attribute.id].effects)
            assert not said & set(labels[attribute_id(attribute.antonym)].effects), attribute.phrase


def test_the_answers_of_the_language_model_are_all_there(test_data: Path) -> None:
    from exiqa.attrgen.answers.parse import parse_answer

    labels = {attribute_id(row.phrase) for row in labelled_phrases()}
    lines = (test_data / "llm_answers" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    phrases = [strip_frame(item) for line in lines for item in parse_answer(json.loads(line)["answer"])]
    assert len(phrases) == 860
    assert not [phrase for phrase in phrases if attribute_id(phrase) not in labels]


def test_the_file_reads_well_in_a_diff() -> None:
    text = LABELLED.read_text(encoding="utf-8")
    assert text.startswith(HEADER) and text.endswith("\n") and "\r" not in text
    assert text.count("\n") == len(labelled_phrases()) + 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("soft,names,,effect,blurr+", "'blurr\\+' is no effect"),
        ("soft,names,,effect,blur", "'blur' is no effect"),
        ("soft,names,,effect,", "if, and only if"),
        ("a dog,names,,content,blur+", "if, and only if"),
        ("soft,names,,effect,blur+;blur-", "one or two different effects"),
        ("soft,names,,effect,blur+;veil+;ringing+", "one or two different effects"),
        ("light,names,,effect,darker-", "write darker- as brighter\\+"),
        ("soft,friends,,effect,blur+", "unknown source"),
        ("soft,names,,effect,blur+\nSoft.,names,,effect,blur+", "'Soft.' comes twice"),
    ],
)
def test_bad_rows_are_refused(row: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_labelled(HEADER + row + "\n")
