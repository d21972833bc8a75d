"""Where the rows of a picture are."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft

STRIPS = 24
"""How many strips of rows are looked for."""
_FARTHEST = 1 / 8
"""Of the width: how far they are looked for."""


def row_shifts(expected: np.ndarray, actual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shifts of S strips of rows to the right, in pixels, and how sure they are in [0, 1]; (S,) each.

    The peak of the cross-correlation along rows, summed over a strip's rows, with whitened spectra (Knapp and Carter
    1976), and the parabola through it and its neighbours.

    Args:
        expected: (H, W) float32.
        actual: The same shape.
    """
    height, width = expected.shape
    rows = height // STRIPS
    spectra = [
        scipy.fft.rfft(plane[: STRIPS * rows] - cv2.blur(plane[: STRIPS * rows], (31, 1)), axis=1)
        for plane in (expected, actual)
    ]
    x, y = spectra
    cross = (y * x.conj()).reshape(STRIPS, rows, -1).sum(axis=1)
    power = ((x * x.conj()).real + (y * y.conj()).real).reshape(STRIPS, rows, -1).sum(axis=1) / 2
    whitened = cross / np.sqrt(power + power.mean(axis=1, keepdims=True) * 0.1 + 1e-3)
    correlation = scipy.fft.irfft(whitened, n=width, axis=1)
    reach = int(width * _FARTHEST)
    near = np.concatenate([correlation[:, -reach:], correlation[:, : reach + 1]], axis=1)
    place = near[:, 1:-1].argmax(axis=1) + 1
    strip = np.arange(STRIPS)
    before, peak, after = (near[strip, place + step] for step in (-1, 0, 1))
    bend = 2 * peak - before - after
    part = np.where(bend > 0, (after - before) / np.maximum(2 * bend, 1e-9), 0)
    rest = np.sqrt((correlation**2).mean(axis=1)) + 1e-6
    return place - reach + np.clip(part, -0.5, 0.5), np.clip((peak / rest - 4) / 6, 0, 1)


def move_rows_back(plane: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """(H, W[, C]) float32, every row moved left by its shift, which is linear between the strips' middles. Bicubic."""
    height, width = plane.shape[:2]
    rows = height // STRIPS
    middles = (np.arange(STRIPS) + 0.5) * rows - 0.5
    by_row = np.interp(np.arange(height), middles, shifts).astype(np.float32)
    columns = np.arange(width, dtype=np.float32) + by_row[:, None]
    lines = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    return cv2.remap(plane, columns, lines, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
