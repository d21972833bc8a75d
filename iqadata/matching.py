"""Parameters by what they do to pixels: the parameter at which a distortion has a given mean squared error.

`python -m iqadata.matching` prints the levels of `iqadata.authentic_levels` and those of
`iqadata.distortions.variants.levels` as their rules give them, so that they can be held against what is written there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from exiqa.iqadata.distortions.colorspace import from_bytes
from exiqa.iqadata.photos import fit, packaged_photos

Function = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@cache
def scenes(height: int = 384, width: int = 512) -> tuple[np.ndarray, ...]:
    """The packaged photos as (height, width, 3) float32 in [0, 1], in their order. Treat them as read-only."""
    return tuple(from_bytes(fit(read(), height, width)) for read in packaged_photos().values())


def mean_error(function: Function, parameter: float, images: Sequence[np.ndarray], seed: int = 0) -> float:
    """Mean squared error of a distortion over images in [0, 1]; image i is distorted with the seed [seed, i]."""
    errors = [
        np.mean((function(image, parameter, np.random.default_rng([seed, index])) - image) ** 2, dtype=np.float64)
        for index, image in enumerate(images)
    ]
    return float(np.mean(errors))


def parameter_for_error(
    function: Function, target: float, no_change: float, extreme: float, images: Sequence[np.ndarray], steps: int = 16
) -> float:
    """The parameter between `no_change` and `extreme` at which `mean_error` is `target`, by halving the interval.

    The error is taken to grow from `no_change` to `extreme`; a target beyond that of `extreme` gives `extreme`.
    Halving is done in the parameter's logarithm where the interval spans more than a factor of ten above 0.
    """
    logarithmic = min(no_change, extreme) > 0 and max(no_change / extreme, extreme / no_change) > 10
    near, far = (np.log(no_change), np.log(extreme)) if logarithmic else (no_change, extreme)
    for _ in range(steps):
        middle = (near + far) / 2
        if mean_error(function, float(np.exp(middle) if logarithmic else middle), images) < target:
            near = middle
        else:
            far = middle
    return float(np.exp(far) if logarithmic else far)
