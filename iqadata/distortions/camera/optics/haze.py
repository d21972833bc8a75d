"""Stray light between the scene and the sensor: in the air, and in the lens."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.camera.fields import coordinates, depth_field
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear


def haze(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Koschmieder's law in linear light: L·t + A·(1 − t) with t = exp(−`density`·(.25 + .75·depth)). No change at 0.

    `density` is the optical depth of the farthest point. The depth in [0, 1] is drawn (`depth_field`), the airlight A
    is a slightly bluish or yellowish white of .65 to .85. Narasimhan, Nayar 2002.
    """
    height, width = image.shape[:2]
    depth = depth_field(rng, height, width)
    tint = np.float32(rng.uniform(-0.05, 0.05))
    air = np.float32(rng.uniform(0.65, 0.85)) * np.array([1 - tint, 1, 1 + tint], np.float32)
    if density <= 0:
        return image.copy()
    lost = -np.expm1(np.float32(-density) * (np.float32(0.25) + np.float32(0.75) * depth))[..., None]
    light = to_linear(image)
    return from_linear(light + lost * (air - light))


def veiling_glare(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Spread a share of the light over the frame: (1 − s)·L + s·G·v in linear light. No change at 0, `share` ≤ 1.

    The stray light G is a warm white of luminance .5, as of a bright source beyond a drawn border: v falls from 1.7
    next to it to .5 far from it. The exposure follows the total light, hence the factor 1 − s. ISO 9358 defines
    the share.
    """
    angle = rng.uniform(0, 2 * np.pi)
    warmth = np.float32(rng.uniform(0, 0.2))
    height, width = image.shape[:2]
    if share <= 0:
        return image.copy()
    y, x = coordinates(height, width)
    reach = max(height, width) / width / 2
    distance = np.hypot(x - np.float32(1.1 * reach * np.cos(angle)), y - np.float32(1.1 * reach * np.sin(angle)))
    strength = np.float32(0.5) + np.float32(1.2) * np.exp(-((distance / np.float32(0.8 * reach)) ** 2))
    glare = np.float32(0.5) * np.array([1 + warmth, 1, 1 - warmth], np.float32)
    light = to_linear(image)
    return from_linear(light + np.float32(share) * (strength[..., None] * glare - light))
