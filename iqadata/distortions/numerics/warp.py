"""Reading an image at places between its pixels, by Keys' cubic convolution."""

from __future__ import annotations

import math

import cv2
import numpy as np

_PIXELS = 32768
"""Pixels worked on at once: few enough for the processor's cache."""
_SAME, _SECOND = np.ones(1, np.float32), np.array([1, -2, 1], np.float32)
"""The taps of a value and of a second difference."""


def cubic_warp(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Read (H, W, C) float32 `image` at (rows, columns), (h, w) float32 each, in pixels: (h, w, C) float32.

    Cubic convolution with a = −½ (Keys 1981), over 4×4 pixels, the border's replicated; not clipped. OpenCV's cubic
    has a = −¾, and so overshoots more. Along one axis, at the share t of the way from one pixel to the next, Keys'
    polynomials are the linear interpolation of the pixels, less t·(1 − t)/2 times the linear interpolation of their
    second differences (Everett's form). In two dimensions that is four bilinear interpolations: of the pixels, of
    the second differences along either axis, and of those along both. OpenCV reads four channels faster than three.
    """
    padded = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    channels = image.shape[2]
    result = np.empty((*rows.shape, channels), np.float32)
    step = max(1, _PIXELS // rows.shape[1])
    # Used by every part again, so that they stay in the cache.
    reads, weights = (np.empty((step, rows.shape[1], channels), np.float32) for _ in range(2))
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        # Counted with the border that was added. Of the image only the rows between the outermost places are needed.
        y, x = rows[part] + np.float32(1), columns[part] + np.float32(1)
        top, bottom = (min(max(math.floor(place), 1), len(padded) - 2) for place in (y.min(), y.max()))
        y -= np.float32(top - 1)
        values = padded[top - 1 : bottom + 3]
        total, read, weight = result[part], reads[: len(y)], weights[: len(y)]
        _read_linear(values, x, y, total)
        down, right = _correction(y), _correction(x)
        along_x = cv2.sepFilter2D(values, -1, _SECOND, _SAME, borderType=cv2.BORDER_REPLICATE)
        along_y, along_both = (
            cv2.sepFilter2D(source, -1, _SAME, _SECOND, borderType=cv2.BORDER_REPLICATE) for source in (values, along_x)
        )
        for differences, share in ((along_x, right), (along_y, down), (along_both, down * right)):
            _read_linear(differences, x, y, read)
            cv2.merge([share] * channels, weight)
            read *= weight
            total += read
    return result


def _read_linear(values: np.ndarray, x: np.ndarray, y: np.ndarray, result: np.ndarray) -> None:
    """Fill `result` with (H, W, C) `values` at the places x, y, linear between pixels."""
    cv2.remap(values, x, y, cv2.INTER_LINEAR, dst=result, borderMode=cv2.BORDER_REPLICATE)


def _correction(places: np.ndarray) -> np.ndarray:
    """−t·(1 − t)/2, t the fractional part of each place."""
    t = places - np.floor(places)
    return (t * t - t) * np.float32(0.5)
