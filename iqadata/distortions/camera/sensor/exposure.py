"""Too little and too much light on the sensor."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.camera.light import from_linear, to_linear

BLACK = 0.002
"""What the camera takes for black, of the sensor's range: light below it is lost where the exposure is short."""


def underexposure(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Take `stops` stops less light: L·g − `BLACK`·(1 − g) with g = 2^−stops, in linear light. No change at 0.

    Light below the black point is clipped, which is what a longer exposure would have lifted above it. One stop is a
    factor of two (ISO 12232's exposure scale).
    """
    if stops <= 0:
        return image.copy()
    gain = 2.0**-stops
    return from_linear(to_linear(image) * np.float32(gain) - np.float32(BLACK * (1 - gain)))


def overexposure(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Take `stops` stops more light: min(1, L·2^stops) in linear light, each channel by itself. No change at 0.

    What saturates the sensor is white; where only some channels saturate, hues shift.
    """
    if stops <= 0:
        return image.copy()
    return from_linear(to_linear(image) * np.float32(2.0**stops))
