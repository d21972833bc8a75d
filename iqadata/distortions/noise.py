"""Noises that are added to every pixel."""

from __future__ import annotations

import math

import cv2
import numpy as np

from iqadata.distortions.colorspace import RGB_FROM_YCBCR, clip


def white_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise N(0, `variance`), independent for every value, then clip. No change at 0.

    KADID-10k type 11, TID2013 type 1, CSIQ awgn, LIVE wn, LVQ AWGN. Before clipping, PSNR = −10·log10(variance).
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= np.float32(math.sqrt(variance))
    noise += image
    return clip(noise)


def white_noise_color_component(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) to Y, Cb and Cr (BT.601, studio range, in [0, 1]) and go back to RGB. No change at 0.

    KADID-10k type 12. The original also clips YCbCr to [0, 1], which no noise of its levels reaches.
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return clip(image + cv2.transform(noise, (RGB_FROM_YCBCR * math.sqrt(variance)).astype(np.float32)))


def impulse_noise(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Set a share `density` of all values, each channel by itself, to 0 or 1 with equal odds. No change at 0.

    KADID-10k type 13 (`imnoise("salt & pepper")`), TID2013 type 6. With one seed, the values hit at a lower
    density are also hit at a higher one.
    """
    draw = rng.random(image.shape, dtype=np.float32)
    result = image.copy()
    result[draw < density / 2] = 0
    result[draw >= 1 - density / 2] = 1
    return result


def multiplicative_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add image·n, n uniform with mean 0 and `variance`, then clip: speckle. No change at 0.

    KADID-10k type 14 (`imnoise("speckle")`, whose n is uniform). TID2013's type 19 has Gaussian n; the same
    function stands in for it, with n of the same variance.
    """
    noise = rng.random(image.shape, dtype=np.float32)
    noise -= np.float32(0.5)
    noise *= np.float32(math.sqrt(12 * variance))
    noise += 1
    noise *= image
    return clip(noise)
