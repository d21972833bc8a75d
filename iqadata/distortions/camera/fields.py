"""Smooth random fields: what stands in for the depth of a scene, and for where a subject is."""

from __future__ import annotations

import cv2
import numpy as np


def coordinates(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(H, 1) y and (1, W) x of the pixels' centres as fractions of the width, 0 in the middle of the image; float32."""
    y = (np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)) / np.float32(width)
    x = (np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)) / np.float32(width)
    return y[:, None], x[None, :]


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells: int) -> np.ndarray:
    """(H, W) float32: `cells`² random values in [0, 1], enlarged bicubically (so they may overshoot by a little)."""
    return cv2.resize(rng.random((cells, cells), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def depth_field(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(H, W) float32 in [0, 1], 0 is near: the depth of a plausible scene.

    The ground runs from the lower border (near) to the upper one (far), which is where the far part of most photos
    is; smooth noise of five cells across stands for what rises from it.
    """
    noise = smooth_noise(rng, height, width, 5)
    ramp = np.linspace(1, 0, height, dtype=np.float32)[:, None] if height > 1 else np.ones((1, 1), np.float32)
    return np.clip(np.float32(0.65) * ramp + np.float32(0.35) * noise, 0, 1)
