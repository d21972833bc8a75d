"""Lengths of any image size: every length, patch and budget of a distortion is defined at 512×384 and scales."""

from __future__ import annotations

import math

import numpy as np

PUBLISHED_SIZE = (384, 512)
"""(height, width) of KADID-10k's and TID2013's images, at which the published parameters hold as they are."""


def scale_of(image: np.ndarray) -> float:
    """How much longer than at 512×384 a length in an (H, W, …) image is: √(H·W / (384·512)), 1 at that size.

    By the number of pixels and not by a side, so that a patch covers the same share of a picture of any shape. What
    has no length but a grain of one pixel stays as it is: noise, dithering, the blocks of JPEG and the windows of the
    denoiser; and so does what is a share of the image from the start (pixelate, sparse sampling, smoke, uneven light).
    """
    return math.sqrt(image.shape[0] * image.shape[1] / (PUBLISHED_SIZE[0] * PUBLISHED_SIZE[1]))
