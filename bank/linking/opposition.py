"""Whether a phrase's words point the other way than a claim, however near the sentence vectors are."""

from __future__ import annotations

import re

from exiqa.bank.linking.effects import ABSENT, PRESENT, Claim
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


_ADDED = frozenset(
    [
        "overshoot",
        "oversharpness",
        "fine_grain",
        "coarse_grain",
        "color_grain",
        "specks",
        "block_grid",
        "mosaic",
        "patches",
        "ringing",
        "dither",
        "color_bleeding",
        "color_fringes",
        "double_contours",
        "displaced_rows",
        "veil",
        "periodic_pattern",
    ]
)
"""Effects that bring something into a picture: "no halos" denies one, while "no texture left" is itself a loss."""

_DENIED = re.compile(
    r"(?:there (?:is|are) )?(?:no|without|free (?:of|from)|not (?:a|any)|an absence of)\b(?! longer| more)"
)


def contradicts(phrase: str, claim: Claim) -> bool:
    """Whether a phrase takes only the other side of the axis that a claim is on.

    "Brighter shadows" contradicts "darker+", "dark and light areas" does not: it takes both sides. A
    phrase that opens with "no" contradicts that what an effect adds is there.
    """
    if claim.effect in _ADDED:
        return claim.sign == PRESENT and _DENIED.match(phrase.casefold().strip()) is not None
    if claim not in _SIDES:
        return False
    axis, side = _SIDES[claim]
    return int(polarity(phrase)[AXIS_NAMES.index(axis)]) == UP + DOWN - side
