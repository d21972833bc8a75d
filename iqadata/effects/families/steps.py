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


def _staircase(before: np.ndarray, after: np.ndarray) -> float:
    """Distance of the fine tone curve of one channel from its own smooth course (σ of 8 levels): four values of five
    are nearer."""
    counts = np.bincount(before, minlength=256)
    sums = np.bincount(before, after, 256)
    squares = np.bincount(before, _SQUARES[after], 256)
    used = counts >= _LEAST_COUNT
    if used.sum() < 8:
        return 0.0
    mean = np.where(used, sums / np.maximum(counts, 1), 0)
    variance = np.where(used, squares / np.maximum(counts, 1) - mean**2, 0)
    smooth = _local_line(mean, used.astype(float))
    chance = variance / np.maximum(counts, 1)
    return float(np.percentile(np.sqrt(np.maximum((mean - smooth) ** 2 - 4 * chance, 0))[used], 80))


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
    distorted value of each of the reference's 256 values, over calm areas, from the smooth curve. In a picture of few
    colours (`dither`) that of its flat areas, where that is more. log2(1 + h/1.5), h in grey levels."""
    calm = np.flatnonzero(pair.activity < 6)
    if len(calm) < 0.05 * pair.activity.size:
        calm = np.arange(pair.activity.size)
    calm = calm[:: max(1, len(calm) // 20_000)]
    before, after = (picture.reshape(-1, 3)[calm] for picture in (pair.reference, pair.distorted))
    stairs = float(np.mean([_staircase(before[:, channel], after[:, channel]) for channel in range(3)]))
    if pair.fewness:
        stairs = max(stairs, pair.fewness * _flat_stairs(pair))
    return doublings(stairs, 1.5)


def _flat_stairs(pair: Pair) -> float:
    """Height of the stairs in flat areas, times the share of the quiet places that are flat and were not.

    Dots hide stairs from a tone curve, which is a mean. An error that is evenly spread over steps of height q has a
    standard deviation of q / √12, and four of five are below .4·q.
    """
    height, width = pair.size
    # Of the pixels as they came: reducing mixes colours.
    quiet = cv2.resize((pair.activity < 6).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    varied, flat = (~_one_color(pair.original[0]), _one_color(pair.original[1]))
    places = np.flatnonzero((varied & flat & quiet[1:, 1:]).ravel())
    if not len(places):
        return 0.0
    share = len(places) / max(int((varied & quiet[1:, 1:]).sum()), 1)
    before, after = (picture[1:, 1:].reshape(-1, 3)[places].astype(np.float32) for picture in pair.original)
    return 0.4 * 12**0.5 * float((after - before).std(axis=0).mean()) * share


def _one_color(picture: np.ndarray) -> np.ndarray:
    """(H − 1, W − 1) bool: where a pixel and its neighbours above and to the left are of one colour."""
    off = cv2.max(cv2.absdiff(picture[1:, 1:], picture[:-1, 1:]), cv2.absdiff(picture[1:, 1:], picture[1:, :-1]))
    return cv2.max(cv2.max(off[..., 0], off[..., 1]), off[..., 2]) == 0


def dither(pair: Pair) -> float:
    """Root mean square of what is added in the finest band of luma, of a picture of few colours: times 1 for 90
    different ones or fewer, 0 for 360 or more. Grey levels."""
    few = pair.fewness
    return few * float(np.sqrt(((pair.bands[1][0] - pair.bands[0][0]) ** 2).mean())) if few else 0.0


def _step_map(pair: Pair) -> np.ndarray:
    """The slow part of what the smooth tone curve does not explain, where the reference is calm."""
    residual = cv2.blur(pair.actual - pair.expected, (3, 3))
    return np.abs(residual) / (1 + (pair.activity / 3) ** 2)


def _dot_map(pair: Pair) -> np.ndarray:
    return cv2.blur(np.abs(pair.bands[1][0] - pair.bands[0][0]), (7, 7)) * np.float32(pair.fewness)


STEPS = (
    MeasuredEffect("posterized", "doublings", 1, 2.5, posterized, _step_map),
    MeasuredEffect("dither", "grey levels", 1, 7, dither, _dot_map),
)
