"""Photos without color: whether color was lost, or was never meant, cannot be seen in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exiqa.bank.linking.effects import PRESENT
from exiqa.bank.linking.labelled import claims_of

if TYPE_CHECKING:
    from exiqa.bank.schema import Bank

SPREAD = 4
"""Levels of 255 by which the channels of a photo without color may differ, as JPEG leaves them."""
LOST = "less_saturation"
"""The effect that such a photo cannot tell from having been made so."""

REMARK = "It has no color: whether that was lost cannot be seen in it and is not named, but the score counts it."


def is_colorless(pixels: np.ndarray) -> bool:
    """Whether the channels of (H, W, 3) uint8 sRGB pixels are the same everywhere, but for what JPEG leaves."""
    few = pixels[::16, ::16]  # tells nearly every photo with color
    return all(bool((np.ptp(part, axis=2) <= SPREAD).all()) for part in (few, pixels))


def about_lost_color(bank: Bank) -> frozenset[str]:
    """The distortions most of whose attributes say that color was lost."""
    return frozenset(
        distortion
        for distortion, attributes in bank.ranked.items()
        if 2 * sum(any(c.effect == LOST and c.sign == PRESENT for c in claims_of(a.phrase)) for a in attributes)
        > len(attributes)
    )
