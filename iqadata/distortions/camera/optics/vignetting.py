"""Light that a lens loses towards the corners."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.camera.fields import coordinates
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear


def vignetting(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply by the cos⁴ law, (1 + k·r²)^−2 in linear light, so that the corners lose `stops` stops. No change at 0.

    r is the distance from the middle, 1 in the corners; k = tan² of half the angle of view = 2^(stops/2) − 1. With a
    tangent of r·√k, cos⁴ is (1 + k·r²)^−2 (Kingslake 1983).
    """
    if stops <= 0:
        return image.copy()
    y, x = coordinates(*image.shape[:2])
    squared = x**2 + y**2
    farthest = float(squared[-1, -1])
    k = np.float32(2.0 ** (stops / 2) - 1)
    # An image of one pixel is all middle.
    falloff = (1 + k * (squared / np.float32(farthest) if farthest > 0 else squared)) ** -2
    return from_linear(to_linear(image) * falloff[..., None])
