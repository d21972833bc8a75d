"""Reading an image at places between its pixels, by Keys' cubic convolution."""

from __future__ import annotations

import cv2
import numpy as np

_PIXELS = 16384
"""Pixels worked on at once: few enough for the processor's cache."""
_PAD = 4
"""Replicated pixels around the image: beyond them every place reads the border's own value."""


def cubic_warp(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Read (H, W, C) float32 `image` at (rows, columns), (h, w) float32 each, in pixels: (h, w, C) float32.

    Cubic convolution with a = −½ (Keys 1981), over 4×4 pixels, the border's replicated; not clipped. OpenCV's cubic
    has a = −¾ and places in 1/32 pixel, and so overshoots more.
    """
    height, width = image.shape[:2]
    padded = cv2.copyMakeBorder(image, _PAD, _PAD, _PAD, _PAD, cv2.BORDER_REPLICATE)
    stride = padded.shape[1]
    planes = [padded[..., channel].ravel() for channel in range(image.shape[2])]
    result = np.empty((*rows.shape, len(planes)), np.float32)
    step = min(len(rows), max(1, _PIXELS // rows.shape[1]))
    buffers = np.empty((2 + len(planes), step, rows.shape[1]), np.float32)
    for first in range(0, len(rows), step):
        part = slice(first, first + step)
        corner, row_weights = _taps(rows[part], height)
        column, column_weights = _taps(columns[part], width)
        corner *= stride
        corner += column
        value, weight, *sums = buffers[:, : len(corner)]
        for down, row_weight in enumerate(row_weights):
            for right, column_weight in enumerate(column_weights):
                np.multiply(row_weight, column_weight, out=weight)
                for plane, total in zip(planes, sums, strict=True):
                    # The first tap begins the sum. "wrap" never happens; it is the mode that checks least.
                    target = value if down or right else total
                    plane[down * stride + right :].take(corner, out=target, mode="wrap")
                    target *= weight
                    if down or right:
                        total += value
        for channel, total in enumerate(sums):
            result[part, :, channel] = total
    return result


def _taps(places: np.ndarray, extent: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The first of the four pixels around each place on a padded axis, and the weights of all four, which sum to 1."""
    places = np.clip(places, -2, extent + 1)
    floor = np.floor(places)
    t = places
    t -= floor
    square = t * t
    # Keys' four cubics, from the last weight, (t³ − t²)/2, and (t − t²)/2.
    last = square * t
    last -= square
    last *= 0.5
    middle = t - square
    middle *= 0.5
    before = -(middle + last)
    third = middle - 3 * last
    third += square
    second = 1 - third
    second -= before
    second -= last
    return floor.astype(np.intp) + (_PAD - 1), (before, second, third, last)
