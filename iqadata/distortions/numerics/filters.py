"""Convolution kernels and the one way they are applied: replicated borders, as in the original MATLAB code."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

_LARGEST_SIGMA = 32.0


@lru_cache(maxsize=64)
def gaussian_taps(sigma: float) -> np.ndarray:
    """(2·ceil(2σ)+1,) float32: a Gaussian cut at two standard deviations, summing to 1 (MATLAB's `imgaussfilt`)."""
    radius = math.ceil(2 * sigma)
    offsets = np.arange(-radius, radius + 1)
    taps = np.exp(-(offsets**2) / (2 * sigma**2))
    return (taps / taps.sum()).astype(np.float32)


def gaussian_filter(image: np.ndarray, sigma: float) -> np.ndarray:
    """Convolve (H, W) or (H, W, C) float32 with a Gaussian of `sigma` pixels; σ = 0 returns a copy.

    Above σ = 32, where only images far larger than 512×384 come, it is done on a shrunk image.
    """
    if sigma <= 0:
        return image.copy()
    if sigma > _LARGEST_SIGMA:
        height, width = image.shape[:2]
        factor = sigma / _LARGEST_SIGMA
        small = (max(1, round(width / factor)), max(1, round(height / factor)))
        shrunk = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        return cv2.resize(gaussian_filter(shrunk, _LARGEST_SIGMA), (width, height), interpolation=cv2.INTER_LINEAR)
    taps = gaussian_taps(float(sigma))
    return cv2.sepFilter2D(image, -1, taps, taps, borderType=cv2.BORDER_REPLICATE)


@lru_cache(maxsize=64)
def disk_kernel(radius: float) -> np.ndarray:
    """(2·ceil(r−½)+1)² float32: each pixel's area inside a circle of `radius` pixels, summing to 1.

    The area is the chord length integrated over 400 strips a pixel: within 1e-4 of the exact area that
    MATLAB's `fspecial("disk")` computes.
    """
    half = math.ceil(radius - 0.5)
    strips = 400
    x = (np.arange((2 * half + 1) * strips) + 0.5) / strips - half - 0.5
    chord = np.sqrt(np.maximum(radius**2 - x**2, 0))
    rows = np.arange(-half, half + 1)[:, None]
    covered = np.minimum(chord, rows + 0.5) - np.maximum(-chord, rows - 0.5)
    area = np.maximum(covered, 0).reshape(2 * half + 1, 2 * half + 1, strips).mean(axis=2)
    return (area / area.sum()).astype(np.float32)


def line_kernel(length: float, angle: float) -> np.ndarray:
    """Odd square float32 kernel of a line: weight 1 − (distance to the segment), not below 0, summing to 1.

    The segment is `length` − 1 pixels long and centred; `angle` in radians, counter-clockwise from the x axis:
    MATLAB's `fspecial("motion")`, whose distance to the segment's end is taken wherever a pixel lies as far from the
    centre as that end, even beside the segment. A length of 1 or less is a single pixel.
    """
    half_length = (max(1.0, length) - 1) / 2
    half = math.ceil(half_length)
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along = x * math.cos(angle) - y * math.sin(angle)
    across = x * math.sin(angle) + y * math.cos(angle)
    beyond = np.where(np.hypot(x, y) >= half_length, np.abs(along) - half_length, 0)
    weights = np.maximum(1 - np.hypot(across, beyond), 0)
    return (weights / weights.sum()).astype(np.float32)


def convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve (H, W, C) float32 with a centrally symmetric kernel, borders replicated."""
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
