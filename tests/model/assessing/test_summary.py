"""A photo in a sentence."""

from __future__ import annotations

from exiqa.model.assessing.assessment import AttributeReading, DistortionReading
from exiqa.model.assessing.summary import NOTHING, summary


def _reading(name: str, strength: float, phrase: str) -> DistortionReading:
    return DistortionReading(name, name, strength, (AttributeReading(phrase, strength, 1.0),))


def test_what_is_clear_is_described_and_what_is_faint_is_named() -> None:
    readings = [
        _reading("Gaussian blur", 0.62, "a softening of details"),
        _reading("White noise", 0.2, "a fine grain over the whole picture"),
        _reading("Mist", 0.1, "a milky veil"),
    ]
    assert summary(readings) == "Loss of detail: a softening of details; a little white noise."


def test_distortions_that_do_the_same_are_said_once() -> None:
    readings = [
        _reading("Gaussian blur", 0.62, "a softening of details"),
        _reading("Other blur", 0.6, "a gentle widening of every edge"),
        _reading("Odd", 0.5, "something nobody has labelled"),
    ]
    assert summary(readings) == "Loss of detail: a softening of details; odd: something nobody has labelled."


def test_no_more_than_three_things_are_said() -> None:
    readings = [_reading(f"Thing {number}", 0.9, f"unknown {number}") for number in range(5)]
    assert summary(readings).count(";") == 2


def test_a_clean_photo_has_nothing_to_say() -> None:
    assert summary([_reading("Gaussian blur", 0.14, "a softening of details")]) == NOTHING
    assert summary([]) == NOTHING
