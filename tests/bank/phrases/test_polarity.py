"""Polarity: opposites that sentence encoders take for the same are told apart."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exiqa.bank.phrases.polarity import AXIS_NAMES, DOWN, UP, conflicts, polarities, polarity
from exiqa.bank.phrases.polarity_words import AXES, KINDS


def _sides(phrase: str) -> dict[str, int]:
    return {name: int(value) for name, value in zip(AXIS_NAMES, polarity(phrase), strict=True) if value}


def _pairs(label: str) -> list[tuple[str, str]]:
    with (resources.files("exiqa.bank.phrases") / "labelled_pairs.csv").open(encoding="utf-8", newline="") as stream:
        return [(row["a"], row["b"]) for row in csv.DictReader(stream) if row["label"] == label]


@pytest.mark.parametrize(
    ("phrase", "axis", "side"),
    [
        ("a bright sky", "brightness", UP),
        ("increased brightness", "brightness", UP),
        ("a loss of brightness", "brightness", DOWN),
        ("a lowered brightness", "brightness", DOWN),
        ("brighter dark areas", "brightness", UP),
        ("light areas turned dark", "brightness", DOWN),
        ("reduced blur", "sharpness", UP),
        ("increased blur", "sharpness", DOWN),
        ("a loss of sharp details", "sharpness", DOWN),
        ("contrast reduction", "contrast", DOWN),
        ("an increase in contrast", "contrast", UP),
        ("low, dim light", "brightness", UP | DOWN),
        ("a lack of detail in bright areas", "brightness", UP),
        ("fewer people", "amount", DOWN),
    ],
)
def test_a_direction_turns_what_follows_and_nothing_else(phrase: str, axis: str, side: int) -> None:
    assert _sides(phrase).get(axis, 0) == side


def test_a_measure_alone_points_nowhere() -> None:
    assert _sides("the contrast and detail of the scene") == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("brighter", "darker"),
        ("brighter dark areas", "darker bright areas"),
        ("increased contrast", "decreased contrast"),
        ("a gain of fine detail", "a loss of fine detail"),
        ("vivid colors", "faded colors"),
        ("a red tint", "a green tint"),
        ("a blocky texture", "a grainy texture"),
        ("horizontal streaks", "vertical streaks"),
        ("more visible edges", "less visible edges"),
    ],
)
def test_opposites_conflict(first: str, second: str) -> None:
    assert conflicts(polarity(first), polarity(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a softening of details", "a loss of sharp details"),
        ("increased blur", "reduced sharpness"),
        ("a washed-out look", "a faded look"),
        ("a red tint", "a red and green tint"),
        ("a reduction of contrast", "a flat tonal range"),
        ("grey skies", "gray skies"),
    ],
)
def test_the_same_in_other_words_does_not(first: str, second: str) -> None:
    assert not conflicts(polarity(first), polarity(second))


def test_every_labelled_opposite_conflicts_and_hardly_any_same_pair_does() -> None:
    opposite, same = _pairs("opposite"), _pairs("same")
    assert len(opposite) >= 80
    apart = conflicts(polarities([a for a, _ in opposite]), polarities([b for _, b in opposite]))
    assert [pair for pair, found in zip(opposite, apart, strict=True) if not found] == []
    apart = conflicts(polarities([a for a, _ in same]), polarities([b for _, b in same]))
    assert apart.mean() < 0.03


def test_many_phrases_at_once_are_each_by_itself() -> None:
    phrases = ["a bright sky", "a dark sky", "nothing of note"]
    assert (polarities(phrases) == np.stack([polarity(phrase) for phrase in phrases])).all()
    assert polarities([]).shape == (0, len(AXIS_NAMES))
    assert len(AXIS_NAMES) == len(AXES) + 1 + len(KINDS)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_phrase_never_conflicts_with_itself_and_conflict_goes_both_ways(first: str, second: str) -> None:
    a, b = polarity(first), polarity(second)
    assert not conflicts(a, a)
    assert conflicts(a, b) == conflicts(b, a)
