"""Does it know the effect, or one implementation? Families right for the variants of KADID-10k's distortions.

Of each distortion the last variant is the one to leave out of a training, so that there is something never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from exiqa.bank.storage.store import load_bank
from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, to_bytes
from exiqa.iqadata.distortions.registry import LEVELS, random_generator
from exiqa.iqadata.distortions.variants import VARIANTS, Variant, levels_of_variant
from exiqa.iqadata.standins.standin import Source, reference_pixels
from exiqa.iqadata.versions import PIXELS_VERSION
from mini.backbone import Measured, Picture, strengths_of
from mini.findings import Findings, Headline, Table
from mini.pictures import KADID

LEVEL = 4
FAMILIES = {
    "blur": ("gaussian_blur", "lens_blur", "motion_blur"),
    "color": ("color_diffusion", "color_shift", "color_quantization", "color_saturation_1", "color_saturation_2"),
    "compression": ("jpeg2000", "jpeg"),
    "noise": ("white_noise", "white_noise_color_component", "impulse_noise", "multiplicative_noise", "denoise"),
    "brightness": ("brighten", "darken", "mean_shift"),
    "spatial": ("jitter", "non_eccentricity_patch", "pixelate", "quantization", "color_block"),
    "sharpness and contrast": ("high_sharpen", "contrast_change"),
}
"""KADID-10k's own seven groups of distortions."""
FAMILY_OF = {distortion: family for family, members in FAMILIES.items() for distortion in members}
UNTUNED = "kadid10k@3"


@dataclass(frozen=True)
class VariantPicture:
    """A reference with one variant at `LEVEL`."""

    variant: Variant
    source: Source
    height: int
    width: int

    @property
    def parameter(self) -> float:
        return levels_of_variant(self.variant)[LEVEL - 1]

    @property
    def picture(self) -> Picture:
        name = f"{self.source.name} {self.variant.distortion} {self.variant.name} {self.parameter:g}"
        return Picture(f"variant {name} {self.height}x{self.width} {PIXELS_VERSION}", partial(_render, self))


def _render(one: VariantPicture) -> np.ndarray:
    photo = from_bytes(reference_pixels(one.source, one.height, one.width))
    generator = random_generator(one.variant.distortion, 0)
    return to_bytes(clip(one.variant.function(photo, one.parameter, generator)))


def is_kept_for_measuring(variant: Variant) -> bool:
    """Whether it is its distortion's last."""
    return variant is VARIANTS[variant.distortion][-1]


def measure_variants(measured: Measured, sources: Sequence[Source], height: int, width: int) -> Findings:
    """Every variant of every distortion on every reference: is the strongest distortion of the right family?"""
    all_variants = [variant for distortion in LEVELS[KADID] for variant in VARIANTS[distortion]]
    made = [VariantPicture(variant, source, height, width) for variant in all_variants for source in sources]
    embeddings = measured.embeddings([one.picture for one in made], "Variants")
    truth = np.array([FAMILY_OF[one.variant.distortion] for one in made])
    kept = np.array([is_kept_for_measuring(one.variant) for one in made])
    rights = {}
    for title, model in (
        ("weights as trained", measured.artifact.model),
        (f"{UNTUNED}, untuned", measured.untuned(load_bank(UNTUNED))),
    ):
        strongest = strengths_of(model, embeddings).argmax(axis=1)
        named = [FAMILY_OF.get(model.bank.distortions[column], "") for column in strongest]
        rights[title] = np.array(named) == truth
    own = next(iter(rights.values()))
    by_family = {family: [float(right[truth == family].mean()) for right in rights.values()] for family in FAMILIES}
    by_variant = {
        f"{variant.distortion}, {variant.name}{' *' if is_kept_for_measuring(variant) else ''}": [
            float(right[[one.variant is variant for one in made]].mean()) for right in rights.values()
        ]
        for variant in all_variants
    }
    return Findings(
        [
            Headline(f"variants: family top-1 at level {LEVEL}, all", float(own.mean()), "≥ .92"),
            Headline(f"variants: family top-1 at level {LEVEL}, the last of each", float(own[kept].mean()), "≥ .92"),
        ],
        [
            Table(f"Families of variants, {len(made)} pictures", tuple(rights), by_family, decimals=2),
            Table("By variant (* kept for measuring)", tuple(rights), by_variant, decimals=2),
        ],
    )
