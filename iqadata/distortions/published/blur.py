"""Blurs: Gaussian, lens (a disk), motion (a line). Lengths are in pixels of a 512×384 image (`scale_of`)."""

from __future__ import annotations

import math

import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.numerics.filters import convolve, disk_kernel, gaussian_filter, line_kernel
from exiqa.iqadata.distortions.size import scale_of


def gaussian_blur(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a Gaussian of standard deviation `sigma` pixels, cut at 2σ. No change at 0.

    KADID-10k type 1 (`imgaussfilt`). σ = 0.1, its first level, leaves 8-bit pixels as they are.
    """
    return clip(gaussian_filter(image, sigma * scale_of(image)))


def lens_blur(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a disk of `radius` pixels: an out-of-focus lens. No change at 0.

    KADID-10k type 2; stands in for LVQ's defocus blur, whose kernel was not published.
    """
    if radius <= 0:
        return image.copy()
    return clip(convolve(image, disk_kernel(float(radius) * scale_of(image))))


def motion_blur(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a line of `length` pixels at one random angle, uniform over 180°. No change at 1 or less.

    KADID-10k type 3 (`fspecial("motion")`): its first level, length 1, is a single pixel and changes nothing. What
    scales with the image is therefore `length` − 1, the way between the first pixel of the line and the last.
    """
    angle = rng.uniform(0, math.pi)
    if length <= 1:
        return image.copy()
    return clip(convolve(image, line_kernel(1 + (length - 1) * scale_of(image), angle)))
