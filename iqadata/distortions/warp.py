"""Reading an image at places between its pixels, by Keys' cubic convolution."""

from __future__ import annotations

import numpy as np

_ROWS = 32
"""Rows worked on at once: few enough for the processor's cache, and for the memory of a large photo."""


def cubic_warp(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Read (H, W, C) float32 `image` at (rows, columns), (h, w) float32 each, in pixels: (h, w, C) float32.

    Cubic convolution with a = −½ (Keys 1981), over 4×4 pixels, the border's replicated; not clipped. OpenCV's cubic
    has a = −¾ and places in 1/32 pixel, and so overshoots more.
    """
    height, width = image.shape[:2]
    planes = [np.ascontiguousarray(image[..., channel]).reshape(-1) for channel in range(image.shape[2])]
    result = np.empty((*rows.shape, len(planes)), np.float32)
    for first in range(0, len(rows), _ROWS):
        part = slice(first, first + _ROWS)
        row_taps = _taps(rows[part], height)
        column_taps = _taps(columns[part], width)
        shape = rows[part].shape
        index, value = np.empty(shape, np.intp), np.empty(shape, np.float32)
        sums = np.zeros((len(planes), *shape), np.float32)
        for row, row_weight in row_taps:
            row *= width
            for column, column_weight in column_taps:
                np.add(row, column, out=index)
                weight = row_weight * column_weight
                for plane, total in zip(planes, sums, strict=True):
                    plane.take(index, out=value, mode="clip")
                    value *= weight
                    total += value
        result[part] = np.moveaxis(sums, 0, -1)
    return result


def _taps(places: np.ndarray, extent: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The four pixels around each place on an axis of `extent` pixels, and their weights, which sum to 1."""
    floor = np.floor(places)
    t = places - floor
    whole = floor.astype(np.intp)
    weights = (
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
    return [(np.clip(whole + offset, 0, extent - 1), weights[offset + 1]) for offset in (-1, 0, 1, 2)]
