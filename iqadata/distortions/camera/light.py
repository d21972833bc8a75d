"""sRGB values and linear light."""

from __future__ import annotations

import numpy as np

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709's weights of linear red, green and blue; of sRGB values they give BT.709's luma."""


def to_linear(values: np.ndarray) -> np.ndarray:
    """sRGB values in [0, 1] -> linear light in [0, 1], float32 (IEC 61966-2-1)."""
    light = values + np.float32(0.055)
    light /= np.float32(1.055)
    np.power(light, np.float32(2.4), out=light)
    return np.where(values <= np.float32(0.04045), values / np.float32(12.92), light)


def from_linear(light: np.ndarray) -> np.ndarray:
    """Linear light -> sRGB values in [0, 1], float32 (IEC 61966-2-1). Light outside [0, 1] is clipped first."""
    light = np.clip(light, 0, 1, dtype=np.float32)
    values = np.power(light, np.float32(1 / 2.4))
    values *= np.float32(1.055)
    values -= np.float32(0.055)
    return np.where(light <= np.float32(0.0031308), light * np.float32(12.92), values)


def weighted(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W) float32: the luminance of linear light, the luma of sRGB values (BT.709's weights)."""
    return image @ LUMINANCE
