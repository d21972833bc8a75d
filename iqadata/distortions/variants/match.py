"""The variants' parameters, by the error they make: `python -m exiqa.iqadata.distortions.variants.match`

To be run again whenever a function of KADID-10k's or of a variant changes its pixels; it takes some minutes.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2

from exiqa.iqadata.distortions.registry import DISTORTIONS, levels_of
from exiqa.iqadata.distortions.strength import magnitude
from exiqa.iqadata.distortions.variants import VARIANTS, Variant
from exiqa.iqadata.distortions.variants.matching import mean_error, parameter_for_error, scenes

_HEAD = '''"""The variants' parameters, written by `python -m exiqa.iqadata.distortions.variants.match`."""

from __future__ import annotations

VARIANT_LEVELS: dict[str, dict[str, tuple[float, ...]]] = {
'''
_UNSEEN = 1e-7
"""A mean squared error that no eight-bit pixel shows (70 dB)."""


def matched_levels(variant: Variant) -> tuple[float, ...]:
    """The rule of `levels_of_variant`, to three significant digits."""
    if variant.shares_levels:
        return levels_of("kadid10k", variant.distortion)
    images = scenes()[::2]
    spec = DISTORTIONS[variant.distortion]
    levels = []
    for parameter in levels_of("kadid10k", variant.distortion):
        target = mean_error(spec.function, parameter, images)
        down = variant.opposite is not None and parameter < spec.no_change
        extreme = variant.opposite if down and variant.opposite is not None else variant.extreme
        if target < _UNSEEN or magnitude(variant.distortion, parameter) == 0:
            levels.append(variant.no_change)
        else:
            matched = parameter_for_error(variant.function, target, variant.no_change, extreme, images)
            levels.append(_nearest_whole(variant, matched, target) if variant.whole else float(f"{matched:.3g}"))
    return tuple(levels)


def _nearest_whole(variant: Variant, parameter: float, target: float) -> float:
    """The whole number below or above, whose error is the nearer to `target` in decibels."""

    def distance(whole: float) -> float:
        return abs(math.log(mean_error(variant.function, whole, scenes()[::2]) / target))

    return min(math.floor(parameter), math.ceil(parameter), key=distance)


def main() -> None:
    cv2.setNumThreads(1)
    lines = [_HEAD]
    for distortion, variants in VARIANTS.items():
        lines.append(f'    "{distortion}": {{\n')
        for variant in variants:
            shown = ", ".join(f"{level:g}" for level in matched_levels(variant))
            lines.append(f'        "{variant.name}": ({shown}),\n')
            print(lines[-1].strip(), flush=True)
        lines.append("    },\n")
    Path(__file__).with_name("levels.py").write_text("".join([*lines, "}\n"]), encoding="utf-8")


if __name__ == "__main__":
    main()
