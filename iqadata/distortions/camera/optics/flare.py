"""A bright source whose light is reflected inside the lens."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.fields import coordinates
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear

_GHOSTS = 6
_ACROSS = 256


def lens_flare(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Add a source's glow, its rays and a chain of coloured ghosts, in linear light. No change at 0.

    `strength` is the linear light in the middle of the glow. The source lies in the upper part of the frame; six to
    twelve rays start from it, and six ghosts, disks of .02 to .08 of the width and of up to a seventh of the glow's
    light, lie on the line through it and the middle of the frame, where reflections between lens surfaces fall
    (Hullin et al. 2011). All of it is drawn on a grid of at most 256 across.
    """
    height, width = image.shape[:2]
    factor = max(1.0, width / _ACROSS)
    grid = max(1, round(height / factor)), max(1, round(width / factor))
    field = _flare(rng, *grid)
    if strength <= 0:
        return image.copy()
    field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return from_linear(to_linear(image) + np.float32(strength) * field)


def _flare(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(H, W, 3) float32: the light of source, rays and ghosts, 1 in the source's middle."""
    y, x = coordinates(height, width)
    at_x = rng.uniform(0.12, 0.4) * (1 if rng.random() < 0.5 else -1)
    at_y = -rng.uniform(0.12, 0.4) * height / width
    rays, turn = int(rng.integers(6, 13)), rng.uniform(0, 2 * math.pi)
    dx, dy = x - np.float32(at_x), y - np.float32(at_y)
    distance = np.hypot(dx, dy)
    glow = 0.75 * np.exp(-distance / np.float32(0.05)) + 0.25 * np.exp(-distance / np.float32(0.25))
    spokes = np.abs(np.cos(np.arctan2(dy, dx) * np.float32(rays / 2) + np.float32(turn))) ** 40
    glow = np.maximum(glow, np.float32(0.6) * spokes * np.exp(-distance / np.float32(0.15)))
    field = glow[..., None] * np.array([1, 0.95, 0.85], np.float32)
    for place, size, light, *tint in rng.random((_GHOSTS, 6)):
        along = -1.3 + 2 * place
        radius = 0.02 + 0.06 * size
        away = np.hypot(x - np.float32(along * at_x), y - np.float32(along * at_y))
        disk = np.clip((np.float32(radius) - away) * np.float32(width / 3), 0, 1)
        # A ghost is brighter at its rim.
        disk *= np.float32(0.6) + np.float32(0.4) * np.minimum(away / np.float32(radius), 1) ** 4
        color = 0.3 + 0.7 * np.array(tint) / max(tint)
        field += disk[..., None] * np.float32(0.04 + 0.1 * light) * color.astype(np.float32)
    return field
