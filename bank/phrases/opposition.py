"""Whether a phrase's words point the other way than a claim, however near the sentence vectors are."""

from __future__ import annotations

from exiqa.bank.phrases.effects import ABSENT, PRESENT, Claim
from exiqa.bank.phrases.polarity import AXIS_NAMES, DOWN, UP, polarity

_SIDES = {
    Claim("brighter", PRESENT): ("brightness", UP),
    Claim("darker", PRESENT): ("brightness", DOWN),
    Claim("more_contrast", PRESENT): ("contrast", UP),
    Claim("less_contrast", PRESENT): ("contrast", DOWN),
    Claim("more_saturation", PRESENT): ("saturation", UP),
    Claim("less_saturation", PRESENT): ("saturation", DOWN),
    Claim("blur", PRESENT): ("sharpness", DOWN),
    Claim("blur", ABSENT): ("sharpness", UP),
}
"""Claim -> the axis of polarity that it is on, and its side."""


def contradicts(phrase: str, claim: Claim) -> bool:
    """Whether a phrase takes only the other side of the axis that a claim is on.

    "Brighter shadows" contradicts "darker+", "dark and light areas" does not: it takes both sides.
    """
    if claim not in _SIDES:
        return False
    axis, side = _SIDES[claim]
    return int(polarity(phrase)[AXIS_NAMES.index(axis)]) == UP + DOWN - side
