"""Effects of coding and pasting: block borders, flat tiles, rectangles that do not belong there, ringing."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import root_of_mean, share_below
from exiqa.iqadata.effects.pairing.tiles import FLAT_EVERYWHERE, flat_steps

_PERIODS = np.geomspace(5.5, 17, 120)
"""Of block grids in pixels: 8 and what resizing makes of it."""
_HARMONICS = 3
_STEP = 30
"""A larger difference of neighbours is an edge of the picture."""
_LARGE = 35_000
"""Pixels of a half-size picture from which on pieces are looked for at 10 pixels and more, below it at 6."""
_CALM = 6
"""Activity of the reference, in levels, up to which ripples in it are seen."""
_HIGHEST = 6
"""Levels above which what is beside an edge is a thing and no ripple."""
_GRAIN_BESIDE = 1.7
_ENDS = 0.55
"""Share of the change in pasted pieces that is usual beside them at most."""


@lru_cache(maxsize=8)
def _comb(length: int) -> np.ndarray:
    """(periods · harmonics, length) complex64: windowed waves whose product with a profile is its spectrum there."""
    window = np.hanning(length)
    frequencies = (np.arange(1, _HARMONICS + 1) / _PERIODS[:, None]).ravel()
    waves = np.exp(-2j * np.pi * frequencies[:, None] * np.arange(length)) * (window / window.sum())
    return waves.astype(np.complex64)


def _steps(pair: Pair, axis: int, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Absolute differences of neighbours that were added in calm areas, one shorter along `axis`, and the calmness.

    Of every `stride`-th line along `axis`."""
    lines = (slice(None, None, stride), slice(None)) if axis == 1 else (slice(None), slice(None, None, stride))
    added = [np.minimum(np.abs(np.diff(plane[lines], axis=axis)), _STEP) for plane in (pair.expected, pair.actual)]
    activity = pair.activity[lines]
    calmness = 1 / (1 + (activity[:, 1:] if axis == 1 else activity[1:]) ** 2 / 16)
    return (added[1] - added[0]) * calmness, calmness


def _grid(pair: Pair, axis: int) -> float:
    steps, calmness = _steps(pair, axis, stride=2)
    profile = steps.sum(axis=1 - axis) / (calmness.sum(axis=1 - axis) + 1)
    profile -= profile.mean()
    spectrum = np.abs(_comb(len(profile)) @ profile).reshape(len(_PERIODS), _HARMONICS)
    # A line every p pixels has equal harmonics at 1/p, 2/p, … and a pattern of one wave has not.
    comb = spectrum.min(axis=1) * _PERIODS
    return float(max(comb.max() - 3 * np.median(comb), 0))


def block_grid(pair: Pair) -> float:
    """Height of the steps along lines at one distance from 5.5 to 17 pixels: the least of three harmonics in the
    spectrum of added differences between neighbours, rows and columns averaged (after Wang, Bovik, Evans 2000, who
    know the distance to be 8). Grey levels."""
    return (_grid(pair, 0) + _grid(pair, 1)) / 2


def _grid_map(pair: Pair) -> np.ndarray:
    steps = np.zeros((pair.height, pair.width), np.float32)
    steps[:, 1:] += np.maximum(_steps(pair, 1)[0], 0)
    steps[1:] += np.maximum(_steps(pair, 0)[0], 0)
    return cv2.blur(steps, (9, 9))


def mosaic(pair: Pair) -> float:
    """Share of the neighbouring pixels that should differ by 10 levels and are equal, while the picture keeps its
    contrast (gain of energy of the finest band) and its many colours: flat tiles with steps between, not blur."""
    energy = float(np.clip(pair.gains_at_edges[1][0], 0, 1))
    # Where there are but few colours, neighbours are equal for that reason.
    return pair.flat_share * energy * (1 - pair.fewness)


def _mosaic_map(pair: Pair) -> np.ndarray:
    flat = np.zeros((pair.height, pair.width), np.float32)
    flat[:, 1:] += flat_steps(pair.expected, pair.actual, 1)[1]
    flat[1:] += flat_steps(pair.expected, pair.actual, 0)[1]
    return cv2.blur(flat, (9, 9))


def _foreign(pair: Pair) -> np.ndarray:
    """(h, w) float32 at half size: in compact areas that differ while most of the picture does not, by how much."""
    half = pair.width // 2, pair.height // 2
    luma, chroma = (
        cv2.resize(plane, half, interpolation=cv2.INTER_AREA)
        for plane in (pair.aligned - pair.expected, pair.chroma_residual)
    )
    small = np.dstack([luma, chroma])
    # What changes slowly over the picture is light, not a piece of another.
    size = max(1, small.shape[1] // 8), max(1, small.shape[0] // 8)
    slow = cv2.medianBlur(cv2.resize(small, size, interpolation=cv2.INTER_AREA), 5)
    slow = cv2.GaussianBlur(slow, (0, 0), 1)
    small = small - cv2.resize(slow, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    local = np.sqrt((cv2.blur(small, (7, 7)) ** 2).sum(axis=2))
    fine = cv2.blur(np.sqrt((small * small).sum(axis=2)), (5, 5))
    # Where detail is weaker than it was, it is smeared and not replaced.
    before, after = (cv2.blur(bands[2] ** 2, (7, 7))[: len(fine), : fine.shape[1]] for bands in pair.bands)
    change = np.maximum(local, fine * np.clip(after / (before + 1), 0, 1))
    activity = cv2.resize(pair.activity, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    usual = share_below(change / (4 + activity), 0.33)
    odd = ((change > np.maximum(10, 0.8 * activity)) & (change > 6 * usual * (4 + activity))).astype(np.uint8)
    # The means over 5×5 and 7×7 pixels have spread it, and pieces are as small as the picture.
    least = np.ones((5, 5) if small.shape[0] * small.shape[1] > _LARGE else (3, 3), np.uint8)
    odd = cv2.morphologyEx(odd, cv2.MORPH_OPEN, least)
    if not odd.any():
        return change * odd
    # A piece ends at its border; light and waves go on beside it.
    beside = (cv2.dilate(odd, np.ones((9, 9), np.uint8)) > 0) & (cv2.dilate(odd, np.ones((5, 5), np.uint8)) == 0)
    amount = np.sqrt((small * small).sum(axis=2))
    outside = float(np.median(amount[beside])) if beside.any() else 0.0
    ends = outside < _ENDS * float(np.median(amount[odd > 0]))
    return change * cv2.erode(odd, least) * np.float32(ends)


def patches(pair: Pair) -> float:
    """Root of the share of the picture in compact areas (of 10×10 pixels at least, 6×6 in a small picture) whose luma
    or chroma differs from what is expected by 10 levels, by .8 of the reference's own activity there and by six times
    of what it does elsewhere, and that end where they end."""
    return float((_foreign(pair) > 0).mean()) ** 0.5


def ringing(pair: Pair) -> float:
    """Root mean square of the ripples in a belt from 3 to 8 pixels beside strong edges where the reference is calm,
    beyond 1.7 times the power of those in calm areas farther away. A ripple is a ridge or a trough, narrower than 5
    pixels, that is not there in the reference, at most 6 levels high, where the mean of 9×9 pixels has changed by less.
    Blur leaves no new ones, and grain leaves as many far from edges. Grey levels. After Marziliano et al. 2004, who
    measure the extent of what is beside edges."""
    ripples, belt = _ripples(pair), _belt(pair)
    far = (pair.activity < _CALM) & (_beside_edges(pair) == 0)
    if int(belt.sum()) < 200:
        return 0.0
    added = float((ripples[far] ** 2).mean()) if int(far.sum()) >= 200 else pair.grain[0] ** 2
    return max(float((ripples[belt] ** 2).mean()) - _GRAIN_BESIDE * added, 0) ** 0.5


def _ripples(pair: Pair) -> np.ndarray:
    """(H, W) float32: height of ridges and troughs narrower than 5 pixels that are new."""
    before, after = (_ridges(cv2.GaussianBlur(plane, (0, 0), 0.8)) for plane in (pair.expected, pair.aligned))
    ripples = np.clip(after - cv2.dilate(before, np.ones((5, 5), np.uint8)) - 1, 0, _HIGHEST)
    # Light that spills over from an edge, or a piece of something else, changes the mean; what swings does not.
    swings = np.abs(cv2.blur(pair.aligned - pair.expected, (9, 9))) < _HIGHEST
    return ripples * swings


def _ridges(plane: np.ndarray) -> np.ndarray:
    """What opening takes off a plane, or closing fills, whichever is more."""
    window = np.ones((5, 5), np.uint8)
    return np.maximum(
        plane - cv2.morphologyEx(plane, cv2.MORPH_OPEN, window),
        cv2.morphologyEx(plane, cv2.MORPH_CLOSE, window) - plane,
    )


def _beside_edges(pair: Pair) -> np.ndarray:
    return cv2.dilate(pair.edges, np.ones((17, 17), np.uint8))


def _belt(pair: Pair) -> np.ndarray:
    return (_beside_edges(pair) > 0) & (pair.near_edges == 0) & (pair.activity < _CALM)


PIECES = (
    MeasuredEffect("block_grid", "grey levels", 0.5, 2.4, block_grid, _grid_map),
    MeasuredEffect("mosaic", "share of steps", 0.06, FLAT_EVERYWHERE, mosaic, _mosaic_map),
    MeasuredEffect(
        "patches",
        "root of the share",
        0.07,
        0.3,
        patches,
        lambda pair: cv2.resize(_foreign(pair), (pair.width, pair.height)),
    ),
    MeasuredEffect(
        "ringing",
        "grey levels",
        0.15,
        0.75,
        ringing,
        lambda pair: root_of_mean(_ripples(pair) ** 2 * _belt(pair), 5),
    ),
)
