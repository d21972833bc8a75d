"""Effects of too few tones: flat steps, and the dots that hide them."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import doublings

_SQUARES = np.arange(256.0) ** 2
_LEAST_COUNT = 20
"""Pixels of one value from which on their mean is taken."""
_LEAST_VALUES = 8
_UNLIKE, _ALIKE = 0.4, 0.8
"""Correlation of two parts' stairs from which on they begin to count, and count in full."""
_PART = 32
"""Side of the squares, in pixels, that are of one part or of the other by turns."""


def _staircase(before: np.ndarray, after: np.ndarray, part: np.ndarray) -> float:
    """Distance of the fine tone curve of one channel from its own smooth course (σ of 8 levels): four values of five
    are nearer. Times how alike the distances of two parts of the picture are: few tones are few everywhere, while what
    a scene has of one value by chance is not."""
    courses = [_off_course(before[chosen], after[chosen]) for chosen in (slice(None), part, ~part)]
    whole, first, second = courses
    used = first[1] & second[1]
    if whole[1].sum() < _LEAST_VALUES or used.sum() < _LEAST_VALUES:
        return 0.0
    power = float((first[0][used] ** 2).sum() * (second[0][used] ** 2).sum())
    likeness = float((first[0] * second[0])[used].sum()) / max(power, 1e-6) ** 0.5
    off, used, chance = whole
    height = float(np.percentile(np.sqrt(np.maximum(off**2 - 4 * chance, 0))[used], 80))
    return height * float(np.clip((likeness - _UNLIKE) / (_ALIKE - _UNLIKE), 0, 1))


def _off_course(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the 256 values of `before`: how far the mean of `after` is from its smooth course, whether there are enough
    pixels to say so, and the variance of that mean; (256,) each."""
    counts = np.bincount(before, minlength=256)
    used = counts >= _LEAST_COUNT
    mean = np.where(used, np.bincount(before, after, 256) / np.maximum(counts, 1), 0)
    variance = np.where(used, np.bincount(before, _SQUARES[after], 256) / np.maximum(counts, 1) - mean**2, 0)
    return mean - _local_line(mean, used.astype(float)), used, variance / np.maximum(counts, 1)


def _local_line(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(256,) values smoothed by straight lines with Gaussian weights around each place (σ of 8); exact for a line."""
    place = np.arange(len(values)) - len(values) / 2
    s0, s1, s2, t0, t1 = (
        gaussian_filter1d(weights * term, 8, mode="constant")
        for term in (np.ones_like(place), place, place**2, values, values * place)
    )
    spread = np.maximum(s0 * s2 - s1**2, 1e-6)
    return ((s2 - place * s1) * t0 + (place * s0 - s1) * t1) / spread


def posterized(pair: Pair) -> float:
    """Height of the stairs in the tone curves of R, G and B, their mean: 80th percentile of the distance of the mean
    distorted value of each of the reference's 256 values, over calm areas, from the smooth curve, as far as two parts
    of the picture agree about it. In a picture of few colours (`dither`) that of its flat areas, where that is more.
    log2(1 + h/1.5), h in grey levels."""
    calm = np.flatnonzero(pair.activity < 6)
    if len(calm) < 0.05 * pair.activity.size:
        calm = np.arange(pair.activity.size)
    calm = calm[:: max(1, len(calm) // 20_000)]
    part = (calm // pair.width // _PART + calm % pair.width // _PART) % 2 == 0
    before, after = (picture.reshape(-1, 3)[calm] for picture in (pair.reference, pair.distorted))
    stairs = float(np.mean([_staircase(before[:, channel], after[:, channel], part) for channel in range(3)]))
    if pair.fewness:
        stairs = max(stairs, pair.fewness * _flat_stairs(pair))
    return doublings(stairs, 1.5)


def _flat_stairs(pair: Pair) -> float:
    """Height of the stairs in flat areas, times the share of the quiet places that are flat and were not.

    Dots hide stairs from a tone curve, which is a mean. An error that is evenly spread over steps of height q has a
    standard deviation of q / √12, and four of five are below .4·q.
    """
    quiet = pair.activity[1:, 1:] < 6
    places = np.flatnonzero((pair.newly_flat & quiet).ravel())
    if not len(places):
        return 0.0
    share = len(places) / max(int(quiet.sum()), 1)
    before, after = (
        picture[1:, 1:].reshape(-1, 3)[places].astype(np.float32) for picture in (pair.reference, pair.distorted)
    )
    return 0.4 * 12**0.5 * float((after - before).std(axis=0).mean()) * share


def dither(pair: Pair) -> float:
    """Root mean square of what is added in the finest band of luma, of a picture of few colours: as far as places that
    became flat share 48 colours, and what is added in calm areas is finer than a pixel. Grey levels."""
    few = pair.fewness
    return few * float(np.sqrt(((pair.bands[1][0] - pair.bands[0][0]) ** 2).mean())) if few else 0.0


def _step_map(pair: Pair) -> np.ndarray:
    """The slow part of what the smooth tone curve does not explain, where the reference is calm."""
    residual = cv2.blur(pair.actual - pair.expected, (3, 3))
    return np.abs(residual) / (1 + (pair.activity / 3) ** 2)


def _dot_map(pair: Pair) -> np.ndarray:
    return cv2.blur(np.abs(pair.bands[1][0] - pair.bands[0][0]), (7, 7)) * np.float32(pair.fewness)


STEPS = (
    MeasuredEffect("posterized", "doublings", 1.2, 2.7, posterized, _step_map),
    MeasuredEffect("dither", "grey levels", 1, 8, dither, _dot_map),
)
