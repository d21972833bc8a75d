"""The tone curve between two pictures of one scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

_BINS = 32


@dataclass(frozen=True)
class ToneCurve:
    """A monotone map of luma in [0, 255], with what it does to the tones that the reference has."""

    table: np.ndarray
    """(256,) float32."""
    shift: float
    """Mean change over the reference's tones, each bin of tones by the root of its share, in levels."""
    slope: float
    """Slope of the straight line through the curve, with the same weights; 1 where the reference has but one tone."""
    middle: float
    """Mean of the reference's tones, with the same weights."""

    def __call__(self, luma: np.ndarray | float) -> np.ndarray:
        """Luma in [0, 255], any shape, after the curve, float32."""
        return np.asarray(np.interp(np.asarray(luma, np.float64), np.arange(256), self.table), np.float32)


def fit_tone_curve(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> ToneCurve:
    """Fit a monotone curve from `first` to `second` through the weighted means of 32 bins of tones.

    A second round takes weight from what is far from the curve of the first, lest a patch of the picture bends it.
    Beyond the reference's own tones the curve goes on with slope 1.

    Args:
        first: (n,) luma in [0, 255].
        second: (n,) the same places in the other picture.
        weights: (n,) above 0.
    """
    bins = np.minimum((first * (_BINS / 256)).astype(int), _BINS - 1)
    robust = weights
    for _ in range(2):
        mass = np.bincount(bins, robust, _BINS)
        used = mass > 0
        mass = mass[used]
        tones = np.bincount(bins, robust * first, _BINS)[used] / mass
        raw = np.bincount(bins, robust * second, _BINS)[used] / mass
        mapped = isotonic_regression(raw, weights=mass).x
        off = np.abs(second - np.interp(first, tones, mapped))
        robust = weights / (1 + (off / (3 * float(np.median(off)) + 2)) ** 2)
    table = np.interp(np.arange(256), tones, mapped)
    below = np.arange(int(np.ceil(tones[0])))
    table[below] = mapped[0] + below - tones[0]
    above = np.arange(int(np.ceil(tones[-1])), 256)
    table[above] = mapped[-1] + above - tones[-1]
    share = np.sqrt(np.bincount(bins, minlength=_BINS)[used] / len(first))
    share /= share.sum()
    middle = float(share @ tones)
    spread = float(share @ (tones - middle) ** 2)
    slope = float(share @ ((tones - middle) * mapped)) / spread if spread > 4 else 1.0
    return ToneCurve(
        np.clip(table, 0, 255).astype(np.float32), float(share @ (mapped - tones)), max(slope, 0.01), middle
    )
