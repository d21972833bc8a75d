"""A sensor that is read row by row while the camera moves."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip


def row_shifts(height: int, rng: np.random.Generator) -> np.ndarray:
    """(H,) by how much each row is moved, in units of the range: highest less lowest is 1, the middle of both is 0.

    A pan moves the rows in proportion to the time at which they are read, a vibration of .5 to 3 periods bends them;
    the vibration has up to .6 of the pan's range.
    """
    pan = 1 if rng.random() < 0.5 else -1
    share, periods, phase = rng.uniform(0, 0.6), rng.uniform(0.5, 3), rng.uniform(0, 2 * math.pi)
    time = (np.arange(height) + 0.5) / height
    shifts = pan * time + share / 2 * np.sin(2 * math.pi * periods * time + phase)
    extent = shifts.max() - shifts.min()
    return (shifts - (shifts.max() + shifts.min()) / 2) / extent if extent > 0 else np.zeros(height)


def rolling_shutter(image: np.ndarray, extent: float, rng: np.random.Generator) -> np.ndarray:
    """Move every row sideways by where the camera was when it was read (`row_shifts`). No change at 0.

    `extent` is the largest distance between the shifts of two rows as a fraction of the image's width. Bicubic along
    the row; what comes into view at the sides is mirrored. Liang, Chang, Chen 2008.
    """
    height, width = image.shape[:2]
    shifts = row_shifts(height, rng)
    if extent <= 0:
        return image.copy()
    columns = np.arange(width, dtype=np.float32) - (extent * width * shifts).astype(np.float32)[:, None]
    rows = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    return clip(cv2.remap(image, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))
