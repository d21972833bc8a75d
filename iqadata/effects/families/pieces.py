"""Effects of coding and pasting: block borders, flat tiles, rectangles that do not belong there, ringing."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.families.grain import grain_in_texture
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import robust_deviation, root_of_mean, share_below
from exiqa.iqadata.effects.pairing.tiles import FLAT_EVERYWHERE, flat_steps

_PERIODS = np.geomspace(5.5, 17, 120)
"""Of block grids in pixels: 8 and what resizing makes of it."""
_HARMONICS = 3
_STEP = 30
"""A larger difference of neighbours is an edge of the picture."""
_LARGE = 35_000
"""Pixels of a half-size picture from which on pieces are looked for at 10 pixels and more, below it at 6."""
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
    """Standard deviation added in the finest band in a belt from 3 to 7 pixels beside strong edges where the reference
    is calm, beyond grain far from edges or in texture. Grey levels. After Marziliano et al. 2004."""
    added = _added_fine(pair)
    belt = _belt(pair)
    if int(belt.sum()) < 200:
        return 0.0
    near = robust_deviation(added[belt])
    far = max(pair.grain[0], grain_in_texture(pair))
    return max(near**2 - (1.3 * far) ** 2, 0) ** 0.5


def _added_fine(pair: Pair) -> np.ndarray:
    return pair.bands[1][0] - pair.bands[0][0]


def _belt(pair: Pair) -> np.ndarray:
    around = cv2.dilate(pair.edges, np.ones((15, 15), np.uint8)) > 0
    return around & (pair.near_edges == 0) & (np.abs(pair.bands[0][0]) < 2)


PIECES = (
    MeasuredEffect("block_grid", "grey levels", 0.5, 3, block_grid, _grid_map),
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
        1,
        8,
        ringing,
        lambda pair: root_of_mean(_added_fine(pair) ** 2 * _belt(pair), 5),
    ),
)
