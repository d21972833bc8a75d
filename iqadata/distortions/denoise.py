"""Noise, and then a denoiser that takes detail away with it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.colorspace import from_bytes, to_bytes
from exiqa.iqadata.distortions.noise import white_noise


def denoise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) noise, then denoise each RGB channel by itself. No change at 0.

    KADID-10k type 15, TID2013 type 9. KADID's denoiser is a DnCNN network; this one is non-local means (Buades
    et al. 2005, OpenCV: 7×7 patches, 13×13 search, h = 0.8·√variance), so residues look different.
    """
    if variance <= 0:
        return image.copy()
    noisy = to_bytes(white_noise(image, variance, rng))
    strength = 0.8 * 255 * math.sqrt(variance)
    channels = [
        cv2.fastNlMeansDenoising(channel, h=strength, templateWindowSize=7, searchWindowSize=13)
        for channel in cv2.split(noisy)
    ]
    return from_bytes(np.dstack(channels))
