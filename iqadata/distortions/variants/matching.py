"""Parameters by what they do to pixels: the parameter at which a distortion has a given mean squared error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import from_bytes
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
    function: Function, target: float, no_change: float, extreme: float, images: Sequence[np.ndarray], steps: int = 12
) -> float:
    """The parameter of a distortion at which it has a given error, by halving the interval.

    Halved is the logarithm: of the parameter where both ends are above 0 and more than a factor of ten apart, else of
    its distance from `no_change`, from a hundred-thousandth of the whole distance on.

    Args:
        function: The distortion.
        target: The `mean_error` to reach.
        no_change: The parameter from which on the error is taken to grow …
        extreme: … to this one, which is returned where the target lies beyond its error.
        images: (H, W, 3) float32 in [0, 1] each.
        steps: How often the interval is halved.
    """
    if min(no_change, extreme) > 0 and max(no_change / extreme, extreme / no_change) > 10:
        near, far, start, scale = np.log(no_change), np.log(extreme), 0.0, 1.0
    else:
        near, far, start, scale = np.log(1e-5), 0.0, no_change, extreme - no_change
    for _ in range(steps):
        middle = (near + far) / 2
        if mean_error(function, float(start + scale * np.exp(middle)), images) < target:
            near = middle
        else:
            far = middle
    return float(start + scale * np.exp(far))
