"""Effects over the whole field: uneven light, a veil, a regular pattern."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair, fit_gain
from exiqa.iqadata.effects.pairing.planes import share_below

_TILE = 64
_PERIODS = (2.5, 12)
"""Cycles a tile of 64 pixels at half size: waves of 11 to 51 pixels."""


def _light(pair: Pair) -> np.ndarray:
    """(h, w) float32 cells: the slowly varying part of the luma that the tone curve does not explain."""
    residual = pair.cell_residual
    off = np.abs(residual - np.median(residual))
    weight = (pair.flatness / (1 + (off / (4 * float(np.median(off)) + 6)) ** 2)).astype(np.float32)
    sigma = max(residual.shape) / 10
    smooth = [
        cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE) for plane in (residual * weight, weight)
    ]
    return smooth[0] / np.maximum(smooth[1], 1e-3)


def uneven_light(pair: Pair) -> float:
    """Standard deviation over the picture of the slowly varying light (σ of a tenth of the longer side) that a tone
    curve common to all places does not explain. Grey levels."""
    return float(_light(pair).std())


def _veil_share(pair: Pair) -> float:
    """Share of the light that comes from a pale layer, in [0, 1]: y = (1 − s)·x + s·A of the cells' R, G and B with A
    well above the mean of the reference, and no more than the darkest tone has risen."""
    before, after = (cells[..., :3].reshape(-1, 3) for cells in pair.cells)
    slope, offset = fit_gain(before, after, pair.flatness.ravel())
    share = float(np.clip(1 - slope, 0, 1))
    if share < 0.01:
        return 0.0
    layer = float(offset.mean()) / share
    paleness = float(np.clip((layer - float(before.mean()) - 15) / 40, 0, 1))
    dark = share_below(pair.luma[0], 0.02)
    tone = pair.tone
    factor = max((tone.middle + tone.shift) / max(tone.middle, 1.0), 1.0)
    rise = max(float(tone(dark)) - dark * factor, 0) / max(min(layer, 255) - dark, 30)
    return min(share, 2 * rise) * paleness


def veil(pair: Pair) -> float:
    """Share of the light that a pale layer adds: Koschmieder's y = (1 − s)·x + s·A over the cells' R, G and B, where A
    is paler than the reference's mean and its darkest tone has risen. Between 0 and 1."""
    return _veil_share(pair)


def _tiles(plane: np.ndarray) -> tuple[np.ndarray, int, int]:
    """(n, t, t) overlapping windows of a half-size plane, and how many rows and columns there are."""
    side = min(_TILE, *plane.shape)
    step = side // 2
    rows, columns = ((extent - side) // step + 1 for extent in plane.shape)
    views = np.lib.stride_tricks.sliding_window_view(plane, (side, side))[::step, ::step][:rows, :columns]
    return views.reshape(-1, side, side), rows, columns


def _waves(pair: Pair) -> tuple[np.ndarray, int, int]:
    """(n,) amplitudes of the one wave that stands out of each tile's added spectrum, in levels."""
    size = pair.width // 2, pair.height // 2
    spectra = []
    for plane in (pair.expected, pair.aligned):
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        tiles, rows, columns = _tiles(small)
        side = tiles.shape[1]
        taper = np.hanning(side).astype(np.float32)
        window = np.outer(taper, taper)
        # The power of the wave A·cos is A²/2.
        scale = (2 / float((window**2).sum())) ** 0.5 / side
        spectra.append(scipy.fft.rfft2((tiles - tiles.mean(axis=(1, 2), keepdims=True)) * (window * np.float32(scale))))
    x, y = spectra
    fy, fx = np.fft.fftfreq(side)[:, None] * side, np.arange(side // 2 + 1)[None, :]
    radius = np.hypot(fy, fx)
    # What a filter makes of the reference, be it blur or sharpening, is coherent with it: over all tiles at one
    # frequency, and over neighbouring bins.
    power, cross = (x * x.conj()).real, y * x.conj()
    rings = np.broadcast_to(np.rint(radius).astype(int), power.shape).ravel()
    gain = np.bincount(rings, cross.real.ravel()) / (np.bincount(rings, power.ravel()) + 1e-6)
    y = y - x * gain[np.rint(radius).astype(int)].astype(np.float32)
    shared = np.abs(_box(y * x.conj())) ** 2 / (_box(power) + 1e-6)
    added = np.maximum(_box((y * y.conj()).real) - shared, 0)
    # Rows and columns of blocks are another effect.
    inside = (radius >= _PERIODS[0] * side / _TILE) & (radius <= _PERIODS[1] * side / _TILE)
    inside &= (np.abs(fy) > 1) & (fx > 1)
    # Photos and most of what is added to them fall off with the square of the frequency.
    level = (added * (radius**2))[:, inside]
    place = level.argmax(axis=1)
    standing = np.clip((level.max(axis=1) / np.maximum(level.mean(axis=1), 1e-6) - 6) / 5, 0, 1)
    peak = np.take_along_axis(added[:, inside], place[:, None], axis=1)[:, 0]
    return np.sqrt(2 * peak) * standing, rows, columns


def _box(spectra: np.ndarray) -> np.ndarray:
    """Sums over 3×3 bins of (n, h, w)."""
    padded = np.pad(spectra, ((0, 0), (1, 1), (1, 1)))
    height, width = spectra.shape[1:]
    rows = padded[:, :height] + padded[:, 1 : height + 1] + padded[:, 2:]
    return rows[..., :width] + rows[..., 1 : width + 1] + rows[..., 2:]


def periodic_pattern(pair: Pair) -> float:
    """Mean amplitude of the one oblique wave of 11 to 51 pixels that stands out of the part of the spectrum that is not
    coherent with the reference, in tiles of 128 pixels: 3×3 bins hold at least 6 times (fully: 11 times) the mean of
    all, each weighted with the square of its frequency. Grey levels."""
    return float(_waves(pair)[0].mean())


def _wave_map(pair: Pair) -> np.ndarray:
    amplitudes, rows, columns = _waves(pair)
    return cv2.resize(amplitudes.reshape(rows, columns).astype(np.float32), (pair.width, pair.height))


def _cell_map(plane: np.ndarray, pair: Pair) -> np.ndarray:
    return cv2.resize(np.abs(plane).astype(np.float32), (pair.width, pair.height), interpolation=cv2.INTER_LINEAR)


def _veil_map(pair: Pair) -> np.ndarray:
    return np.maximum(cv2.blur(pair.actual - pair.luma[0], (15, 15)), 0) * np.float32(_veil_share(pair))


FIELD = (
    MeasuredEffect("uneven_light", "grey levels", 3, 18, uneven_light, lambda pair: _cell_map(_light(pair), pair)),
    MeasuredEffect("veil", "share of light", 0.05, 0.45, veil, _veil_map),
    MeasuredEffect("periodic_pattern", "grey levels", 0.8, 7, periodic_pattern, _wave_map),
)
