"""Noise, and then a denoiser that takes detail away with it."""

from __future__ import annotations

import math

import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, to_bytes
from exiqa.iqadata.distortions.numerics.non_local_means import non_local_means
from exiqa.iqadata.distortions.published.noise import white_noise


def denoise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) noise, then denoise each RGB channel by itself. No change at 0.

    KADID-10k type 15, TID2013 type 9. KADID's denoiser is a DnCNN network; this one is non-local means with
    h = 0.8·√variance (`exiqa.iqadata.distortions.numerics.non_local_means`), so residues look different.
    """
    if variance <= 0:
        return image.copy()
    noisy = to_bytes(white_noise(image, variance, rng))
    return from_bytes(non_local_means(noisy, 0.8 * 255 * math.sqrt(variance)))
