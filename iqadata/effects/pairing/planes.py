"""What is computed of single planes of pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.effects.pairing.gains import BANDS

CELL = 8
"""Side of the cells whose means tone and colour are fitted to."""


def cell_means(plane: np.ndarray) -> np.ndarray:
    """(H, W[, C]) -> (H // 8, W // 8[, C]) float32: means of whole cells of 8×8."""
    height, width = (extent // CELL for extent in plane.shape[:2])
    whole = plane[: height * CELL, : width * CELL].astype(np.float32, copy=False)
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def root_of_mean(squares: np.ndarray, side: int) -> np.ndarray:
    """Root of the means of (H, W) float32 ≥ 0 over side×side pixels; the running sums of a blur may fall below 0."""
    return np.sqrt(np.maximum(cv2.blur(squares, (side, side)), 0))


def split_bands(plane: np.ndarray) -> tuple[np.ndarray, ...]:
    """(H, W) float32 -> BANDS + 1 differences of Gaussians: σ below 1, 1–2, 2–4, 4–8 and 8–16 pixels."""
    low = cv2.GaussianBlur(plane, (0, 0), 1)
    result = [plane - low]
    for band in range(BANDS):
        # From σ to 2σ, in pixels of a picture in which σ is 1.
        lower = cv2.GaussianBlur(low, (0, 0), 3**0.5, borderType=cv2.BORDER_REFLECT_101)
        result.append(low - lower)
        low = lower if band == BANDS - 1 else np.ascontiguousarray(lower[::2, ::2])
    return tuple(result)


def share_below(plane: np.ndarray, share: float) -> float:
    """The value below which a share of the plane lies, found on every third pixel of every third row."""
    values = plane[::3, ::3].ravel()
    place = min(int(share * len(values)), len(values) - 1)
    return float(np.partition(values, place)[place])


def robust_deviation(values: np.ndarray) -> float:
    """Standard deviation of what is normally distributed, from the median of absolute values; sparse ones do not count.

    0 where there are no values."""
    if values.size == 0:
        return 0.0
    thinned = np.abs(values.ravel()[:: max(1, values.size // 8_000)])
    return 1.4826 * float(np.median(thinned))


def added_deviation(x: np.ndarray, y: np.ndarray) -> float:
    """Robust standard deviation of y less x, or less x times a gain: what was there and is sharpened is not added."""
    power = float(x @ x)
    gain = max(float(x @ y) / power, 1.0) if power > 0.01 * x.size else 1.0
    return robust_deviation(y - np.float32(gain) * x)


def slope_along(plane: np.ndarray, axis: int) -> np.ndarray:
    """(H, W) float32: half the difference of the two neighbours along an axis."""
    kernel = np.array([[-0.5, 0, 0.5]], np.float32)
    return cv2.filter2D(plane, -1, kernel if axis == 1 else kernel.T, borderType=cv2.BORDER_REFLECT_101)


def chroma_bands(chroma: np.ndarray) -> list[np.ndarray]:
    """(H, W, 2) -> detail of chroma from 2 to 8 pixels at half size and from 8 to 24 at an eighth, float32."""
    result = []
    for factor, wide in ((2, 4), (8, 3)):
        size = max(8, chroma.shape[1] // factor), max(8, chroma.shape[0] // factor)
        small = cv2.resize(chroma, size, interpolation=cv2.INTER_AREA)
        result.append(cv2.GaussianBlur(small, (0, 0), 1) - cv2.GaussianBlur(small, (0, 0), wide))
    return result


def doublings(levels: float, unit: float) -> float:
    """Linear below `unit` and logarithmic above: twice as much looks one step more (Fechner)."""
    return math.log2(1 + levels / unit)
