"""A camera that moves while the shutter is open."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.camera.kernels import path_kernel, shake_path, spread
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear


def camera_shake(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Spread every point along the path of an unsteady hand, in linear light. No change at 0.

    `length` is the largest distance between two points of the path as a fraction of the image's width (1/12 at most).
    The path is curved and its speed uneven (see `shake_path`); the same for all pixels, as for a camera that turns by
    a small angle. After the random trajectories of Boracchi, Foi 2012, with our own equations of motion.
    """
    path = shake_path(rng)
    pixels = length * image.shape[1]
    if pixels <= 0:
        return image.copy()
    return from_linear(spread(to_linear(image), path_kernel(path, pixels)))
