"""How strong a level is, in [0, 1]: a distortion's level is not its strength."""

from __future__ import annotations

from typing import Literal

from exiqa.iqadata.distortions.registry import DISTORTIONS, OWN, levels_of, parameter_of

StrengthMap = Literal["level", "magnitude"]


def strength(dataset: str, distortion: str, level: int, map: StrengthMap = "level") -> float:
    """P(I, d) of an image with one distortion at one level.

    Args:
        dataset: Whose level it is.
        distortion: An id of the dataset's distortions.
        level: 1 is the first.
        map: "level" is level ÷ the number of levels of that distortion in that dataset, as in the paper's tables;
            "magnitude" is |g(p) − g(p₀)| ÷ its maximum over the levels, with g and the no-change parameter p₀ of the
            registry. Levels that change nothing (KADID-10k's mean_shift 3, motion_blur 1, color_saturation_2 1) are 0
            there.

    Returns:
        In [0, 1]; 0 is no distortion.

    Raises:
        UserError: There is no such dataset, distortion or level.
    """
    parameter = parameter_of(dataset, distortion, level)
    levels = levels_of(dataset, distortion)
    if map == "level":
        return level / len(levels)
    return magnitude(distortion, parameter) / max(magnitude(distortion, p) for p in levels)


def own_strengths(distortion: str, count: int, map: StrengthMap = "level") -> list[float]:
    """`strength` of levels 1 to `count` of a distortion where a taxonomy of one's own has just these.

    Raises:
        UserError: There is no such distortion, or it has no levels.
    """
    if map == "level":
        return [level / count for level in range(1, count + 1)]
    sizes = [magnitude(distortion, parameter) for parameter in levels_of(OWN, distortion)[:count]]
    return [size / (max(sizes) or 1) for size in sizes]


def magnitude(distortion: str, parameter: float) -> float:
    """|g(p) − g(p₀)|: how far a parameter is from no change, in the distortion's own scale, ≥ 0."""
    spec = DISTORTIONS[distortion]
    return abs(spec.magnitude(parameter) - spec.magnitude(spec.no_change))
