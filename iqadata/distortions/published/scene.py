"""Distortions of the scene in front of the lens: smoke and uneven light, as in laparoscopy."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip

_SMOKE_COLOR = np.array([0.82, 0.82, 0.84], np.float32)
_COARSE_CELLS = 4


def uneven_illumination(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Darken away from a spot of light: multiply by 1 − `amount`·(1 − exp(−(r/R)²)). No change at 0, `amount` ≤ 1.

    LVQ, whose own parameters are unpublished. r is the distance to a spot within the middle half of the image, R is
    0.45 of the longer side.
    """
    height, width = image.shape[:2]
    fy, fx = 0.25 + 0.5 * rng.random(2)
    y = (np.arange(height, dtype=np.float32) - np.float32(fy * (height - 1)))[:, None]
    x = np.arange(width, dtype=np.float32) - np.float32(fx * (width - 1))
    radius = np.float32(0.45 * max(height, width))
    light = 1 - np.float32(amount) * (1 - np.exp(-(y**2 + x**2) / radius**2))
    return clip(image * light[..., None])


def smoke(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Blend with grey smoke: (1 − t)·image + t·colour, t = `density`·(0.4 + 0.6·cloud). No change at 0, `density` ≤ 1.

    LVQ, whose smoke comes from a rendering program. The cloud in [0, 1] is smooth noise summed over five octaves
    with halving amplitude.
    """
    height, width = image.shape[:2]
    cloud = np.zeros((height, width), np.float32)
    for octave in range(5):
        cells = _COARSE_CELLS * 2**octave
        noise = rng.random((cells, cells), dtype=np.float32)
        cloud += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) / np.float32(2**octave)
    low, high = float(cloud.min()), float(cloud.max())
    if high > low:
        cloud = (cloud - np.float32(low)) / np.float32(high - low)
    blend = (np.float32(density) * (np.float32(0.4) + np.float32(0.6) * cloud))[..., None]
    return clip(image + blend * (_SMOKE_COLOR - image))
