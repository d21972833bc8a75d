"""Variants of KADID-10k's distortions: the same effect by another kernel, colour space, curve or codec setting.

A model that is trained and tested on one implementation may know that implementation and not the effect. `VARIANTS`
has at least two others for each of the 25; `levels_of_variant` has their parameters at KADID-10k's five levels.
"""

from __future__ import annotations

from exiqa.iqadata.distortions.variants import blur, color, compression, noise, spatial, tone
from exiqa.iqadata.distortions.variants.levels import VARIANT_LEVELS
from exiqa.iqadata.distortions.variants.spec import Variant

__all__ = ["VARIANTS", "Variant", "levels_of_variant"]

_ALL = (*blur.VARIANTS, *color.VARIANTS, *compression.VARIANTS, *noise.VARIANTS, *tone.VARIANTS, *spatial.VARIANTS)

VARIANTS: dict[str, tuple[Variant, ...]] = {
    distortion: tuple(variant for variant in _ALL if variant.distortion == distortion)
    for distortion in dict.fromkeys(variant.distortion for variant in _ALL)
}
"""KADID-10k's distortion id -> its variants."""


def levels_of_variant(variant: Variant) -> tuple[float, ...]:
    """The variant's parameters of KADID-10k's levels 1 to 5.

    Each has the mean squared error of the original's level over every other packaged photo at 512×384 (equal PSNR, see
    `match`); where a level of the original changes nothing, so does the variant's. A variant with `shares_levels` has
    the original's own parameters.
    """
    return VARIANT_LEVELS[variant.distortion][variant.name]
