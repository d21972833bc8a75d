"""A noise reduction that takes texture for noise."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip

_RADIUS = 1 / 128
"""Of the window, as a fraction of the width."""


def oversmoothing(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth all that varies less than `strength` and keep strong edges, three times over. No change at 0.

    `strength` is a standard deviation of sRGB values in [0, 1]. Each round is a self-guided filter (He, Sun, Tang 2013)
    of each channel, with a window of 1/64 of the width: values keep the share σ⁴/(σ⁴ + strength⁴) of their
    difference from the local mean, σ² the local variance. The authors' share is σ²/(σ² + ε); the squares tell
    texture from edges more sharply, as learned denoisers do.
    """
    if strength <= 0:
        return image.copy()
    radius = max(1, round(_RADIUS * image.shape[1]))
    for _ in range(3):
        image = _guided(image, radius, np.float32(strength**4))
    return clip(image)


def _guided(image: np.ndarray, radius: int, noise: np.float32) -> np.ndarray:
    window = (2 * radius + 1,) * 2

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, window, borderType=cv2.BORDER_REFLECT_101)

    average = mean(image)
    variance = np.maximum(mean(image * image) - average * average, 0)
    squared = variance * variance
    kept = squared / (squared + noise)
    return mean(kept) * image + mean((1 - kept) * average)
