"""Two fine patterns, one of them the sensor's, and the coarse one that they make together."""

from __future__ import annotations

import math

import numpy as np

from exiqa.iqadata.distortions.camera.fields import coordinates, smooth_noise
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear


def moire(image: np.ndarray, amplitude: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply linear light by 1 + `amplitude`·e·cos(φ_c), φ the beat of two gratings. No change at 0, amplitude ≤ 1.

    The phase φ is 2π·f·(a plane wave bent by a drawn quadratic form), f of 12 to 40 periods across: the difference of
    the phases of a fine pattern seen in perspective and of the sensor's grid (Amidror 2009). A colour filter
    array samples red, green and blue at different places, so that their phases φ_c differ by up to a third of a period
    and the stripes are coloured. The envelope e in [0, 1] is smooth: the pattern comes and goes.
    """
    angle = rng.uniform(0, 2 * math.pi)
    frequency = rng.uniform(12, 40)
    bend = rng.uniform(-1, 1, 3)
    lag = rng.uniform(0.15, 1 / 3) * (1 if rng.random() < 0.5 else -1)
    height, width = image.shape[:2]
    envelope = np.clip(np.float32(1.6) * smooth_noise(rng, height, width, 4) - np.float32(0.2), 0, 1)
    if amplitude <= 0:
        return image.copy()
    y, x = coordinates(height, width)
    plane = x * math.cos(angle) + y * math.sin(angle) + bend[0] * x * x + bend[1] * x * y + bend[2] * y * y
    phase = (2 * math.pi * frequency * plane).astype(np.float32)
    light = to_linear(image)
    for channel in range(3):
        wave = np.cos(phase + np.float32(2 * math.pi * lag * (channel - 1)))
        light[..., channel] *= 1 + np.float32(amplitude) * envelope * wave
    return from_linear(light)
