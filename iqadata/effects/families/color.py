"""Effects of colour: more or less of it, another one, and colour that is not where lightness is."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import CELL

_ALL_BLED = 0.3
"""The value of `color_bleeding` from which on more makes no difference."""
_BY_CHANCE = 0.4
"""What share of any residual the best of all shifts explains in a tile."""
_SHIFTS = tuple(
    (round(length * down), round(length * right))
    for length in (1, 3, 5)
    for down, right in (
        (0, 1), (0.7, 0.7), (1, 0), (0.7, -0.7), (0, -1), (-0.7, -0.7), (-1, 0), (-0.7, 0.7)
    )
)  # fmt: skip
"""(down, right) in pixels of the half-size picture: eight directions, three lengths."""
_FRINGE_TILE = 24
_LEAST_COLOR = 0.25
"""With a lower mean square of its chroma's detail a picture is as good as grey, and has no colours that could bleed."""


def more_saturation(pair: Pair) -> float:
    """Median gain of chroma (CIE Lab, cells of 8×8) along its own hue, less 1; 0 below. 1 is twice the chroma."""
    return max(pair.lab_fit.gain - 1, 0.0)


def less_saturation(pair: Pair) -> float:
    """1 less the median gain of chroma (CIE Lab, cells of 8×8); 1 is grey, above 1 hues are turned over."""
    return max(1 - pair.lab_fit.gain, 0.0)


def color_cast(pair: Pair) -> float:
    """Distance in a and b of CIE Lab that grey is moved, by a line through the near-neutral cells; divided by the gain
    of chroma where it is above 1, since then it is exaggerated with all else."""
    fit = pair.lab_fit
    return float(np.linalg.norm(fit.shift)) / max(fit.gain, 1.0)


def _hue_residual(pair: Pair) -> np.ndarray:
    """(h, w) float32: distance of each cell's a and b from what a map without turned hues makes of the reference's."""
    fit = pair.lab_fit
    chroma = np.linalg.norm(pair.lab_cells[0][..., 1:], axis=2)
    return (fit.unexplained + (max(-fit.gain, 0) + fit.turn) * chroma) / max(fit.gain, 1.0)


def false_hues(pair: Pair) -> float:
    """Mean distance of the cells' a and b of CIE Lab from the smooth map of L, a and b that fits all colours, and by
    how far that map itself turns hues; less 1, in units of CIE Lab, divided by a gain of chroma above 1."""
    return max(float(_hue_residual(pair).mean()) - 1, 0.0)


def color_bleeding(pair: Pair) -> float:
    """How much more of the detail of chroma than of luma is lost, from 2 to 8 and from 8 to 24 pixels, their mean:
    difference of the coherent gains, where tone and colour as such are taken out before. Between 0 and 1."""
    losses = []
    for band, (before, after) in enumerate(zip(*pair.chroma_bands, strict=True)):
        power = float((before**2).mean())
        if power < _LEAST_COLOR:
            return 0.0
        x, y = (bands[2 + 2 * band] for bands in pair.bands)
        luma = float((x * y).mean()) / max(float((x * x).mean()), 1e-3)
        losses.append(np.clip(min(luma, 1.0) - float((before * after).mean()) / power, 0, 1))
    return float(np.mean(losses))


def _bleeding_map(pair: Pair) -> np.ndarray:
    """Chroma that is there and should not be, or the other way round, apart from the finest."""
    residual = cv2.GaussianBlur(pair.chroma_residual, (0, 0), 2)
    return np.linalg.norm(residual, axis=2)


def _fringe_energy(pair: Pair) -> np.ndarray:
    """(h, w) float32: mean square of the chroma residual that a shift against luma explains, in tiles of 48 pixels;
    below 0 where it is less than chance.

    Within a tile the residual, at half size, is regressed on the difference that a shift makes to luma, for 24 shifts
    of 2 to 10 pixels, and the one that explains most is taken; what the best of as many explains of anything by
    chance is taken off. Differences and not slopes, since a shift may be wider than an edge.
    """
    size = pair.width // 2, pair.height // 2
    luma = cv2.GaussianBlur(cv2.resize(pair.expected, size, interpolation=cv2.INTER_AREA), (0, 0), 1)
    residual = cv2.GaussianBlur(cv2.resize(pair.chroma_residual, size, interpolation=cv2.INTER_AREA), (0, 0), 0.7)
    tiles = max(1, size[0] // _FRINGE_TILE), max(1, size[1] // _FRINGE_TILE)

    def mean(planes: np.ndarray) -> np.ndarray:
        return cv2.resize(planes, tiles, interpolation=cv2.INTER_AREA).reshape(tiles[1], tiles[0], -1)

    reach = max(max(map(abs, shift)) for shift in _SHIFTS)
    wide = cv2.copyMakeBorder(luma, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    best = np.zeros((tiles[1], tiles[0]), np.float32)
    for down, right in _SHIFTS:
        top, left = reach - down, reach - right
        change = wide[top : top + size[1], left : left + size[0]] - luma
        shared = mean(residual * change[..., None])
        best = np.maximum(best, (shared**2).sum(axis=2) / (mean(change * change)[..., 0] + 1))
    return best - _BY_CHANCE * mean(residual * residual).sum(axis=2)


def color_fringes(pair: Pair) -> float:
    """Root mean square of the chroma that a shift of the colour planes by 2 to 10 pixels against luma explains, in
    tiles of 48 pixels, beyond chance. Less the more colours bleed, since what is lost lies along the same edges.
    Levels of 255."""
    energy = float(_fringe_energy(pair).mean())
    return max(energy, 0.0) ** 0.5 * (1 - min(color_bleeding(pair) / _ALL_BLED, 1.0))


def _original_chroma(pair: Pair, side: int) -> np.ndarray:
    """(H, W, 2) float32: mean Cr and Cb of 8×8 pixels of the reference (0) or the distorted picture (1) as it is."""
    picture = (pair.reference, pair.distorted)[side]
    return cv2.blur(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[..., 1:].astype(np.float32) - 128, (CELL, CELL))


def _chroma_change(pair: Pair, sign: int) -> np.ndarray:
    strength = [np.linalg.norm(_original_chroma(pair, side), axis=2) for side in (0, 1)]
    return np.maximum(sign * (strength[1] - strength[0]), 0)


def _shift_map(pair: Pair) -> np.ndarray:
    change = _original_chroma(pair, 1) - _original_chroma(pair, 0)
    shift = pair.chroma_fit[1].astype(np.float32)
    length = max(float(np.linalg.norm(shift)), 1e-3)
    return np.maximum(change @ (shift / length), 0)


def _whole(plane: np.ndarray, pair: Pair) -> np.ndarray:
    return cv2.resize(plane.astype(np.float32), (pair.width, pair.height), interpolation=cv2.INTER_LINEAR)


COLOR = (
    MeasuredEffect("more_saturation", "factor − 1", 0.15, 1.5, more_saturation, lambda pair: _chroma_change(pair, 1)),
    MeasuredEffect("less_saturation", "1 − factor", 0.15, 0.95, less_saturation, lambda pair: _chroma_change(pair, -1)),
    MeasuredEffect("color_cast", "ΔE of a and b", 4, 30, color_cast, _shift_map),
    MeasuredEffect("false_hues", "ΔE of a and b", 1.5, 18, false_hues, lambda pair: _whole(_hue_residual(pair), pair)),
    MeasuredEffect("color_bleeding", "share of detail", 0.1, _ALL_BLED, color_bleeding, _bleeding_map),
    MeasuredEffect(
        "color_fringes",
        "levels of Cr and Cb",
        0.6,
        3,
        color_fringes,
        lambda pair: _whole(np.sqrt(np.maximum(_fringe_energy(pair), 0)), pair),
    ),
)
