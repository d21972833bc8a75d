"""The noise of a sensor in low light, before the camera makes colours of it."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.light import from_linear, to_linear

READ_NOISE = 3.0
"""Standard deviation of what reading a photosite adds, in electrons."""
WHITE_BALANCE = np.array([1.9, 1.0, 1.6], np.float32)
"""By how much red, green and blue are amplified for daylight: the noise of red and blue is amplified with them."""

# Bilinear demosaicing: what a photosite adds to its neighbours' red and blue, and to their green.
_RED_BLUE = np.array([[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]], np.float32)
_GREEN = np.array([[0, 0.25, 0], [0.25, 1, 0.25], [0, 0.25, 0]], np.float32)


def low_light_noise(image: np.ndarray, scarcity: float, rng: np.random.Generator) -> np.ndarray:
    """Add the Poisson and Gaussian noise of few photons to a Bayer mosaic, then demosaic. No change at 0.

    `scarcity` is 1/n, n the number of electrons of a photosite that just becomes white. Each photosite of an RGGB
    mosaic holds Poisson(n·L/w) electrons, w the channel's white-balance gain, and N(0, `READ_NOISE`²) is added when it
    is read: variance L·w/n + (w·`READ_NOISE`/n)² in the linear light L of that channel. Foi et al. 2008 ("Practical
    Poissonian-Gaussian noise modeling"). Bilinear demosaicing is linear, so that the noise is demosaiced by itself
    and laid over the picture, which keeps its own detail.
    """
    height, width = image.shape[:2]
    # The seed of the photons depends on no parameter, but Poisson draws do not scale: levels differ in their grain.
    photons, reading = rng.spawn(2)
    if scarcity <= 0:
        return image.copy()
    light = to_linear(image)
    mosaic = _mosaic(light / WHITE_BALANCE)
    expected = mosaic / np.float32(scarcity)
    electrons = photons.poisson(expected).astype(np.float32) - expected
    electrons += np.float32(READ_NOISE) * reading.standard_normal((height, width), dtype=np.float32)
    noise = _demosaic(electrons * np.float32(scarcity)) * WHITE_BALANCE
    return from_linear(light + noise)


def _mosaic(light: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W): red where row and column are even, blue where both are odd, else green."""
    mosaic = light[..., 1].copy()
    mosaic[::2, ::2] = light[::2, ::2, 0]
    mosaic[1::2, 1::2] = light[1::2, 1::2, 2]
    return mosaic


def _demosaic(mosaic: np.ndarray) -> np.ndarray:
    """(H, W) -> (H, W, 3): missing values are the mean of the nearest photosites of their colour."""
    red, green, blue = np.zeros_like(mosaic), mosaic.copy(), np.zeros_like(mosaic)
    red[::2, ::2] = mosaic[::2, ::2]
    blue[1::2, 1::2] = mosaic[1::2, 1::2]
    green[::2, ::2] = 0
    green[1::2, 1::2] = 0
    planes = [
        cv2.filter2D(plane, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
        for plane, kernel in ((red, _RED_BLUE), (green, _GREEN), (blue, _RED_BLUE))
    ]
    return cv2.merge(planes)
