"""Effects of place: fine structure, contours and rows that are not where they were."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import DISPLACED, Pair
from exiqa.iqadata.effects.pairing.planes import robust_deviation, root_of_mean
from exiqa.iqadata.effects.pairing.tiles import FLAT_EVERYWHERE

_GHOST = (2.5, 16)
"""Distances of a ghost from the thing itself, in pixels of the half-size picture."""


def displacement(pair: Pair) -> float:
    """Share of the detail at edges that is there but elsewhere: mean over three bands of the gain of energy (at most 1)
    less the coherent gain, as `blur` has them. Less the more of the picture is flat tiles (`mosaic`), whose steps
    are no detail that has moved."""
    coherent, energy = pair.gains_at_edges
    elsewhere = float(np.maximum(np.minimum(energy, 1) - np.minimum(coherent, 1), 0)[:3].mean())
    return elsewhere * (1 - min(pair.flat_share / FLAT_EVERYWHERE, 1.0) ** 2) if elsewhere else 0.0


def _displacement_map(pair: Pair) -> np.ndarray:
    x, y = (bands[0] + bands[1] for bands in pair.bands)
    own, other = root_of_mean(x * x, 15), root_of_mean(y * y, 15)
    shared = np.maximum(cv2.blur(x * y, (15, 15)), 0)
    return np.maximum(np.minimum(own, other) - shared / np.hypot(own, 1), 0)


def _kernel(pair: Pair) -> np.ndarray:
    """(h, w) float32 at half size, its origin in the middle: what the expected picture is convolved with.

    The transfer function by Wiener's quotient of spectra, of the picture less its local mean.
    """
    size = pair.width // 2, pair.height // 2
    window = cv2.createHanningWindow(size, cv2.CV_32F)
    spectra = []
    for plane in (pair.expected, pair.aligned):
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        spectra.append(scipy.fft.rfft2((small - cv2.blur(small, (31, 31))) * window))
    x, y = spectra
    power = (x * x.conj()).real
    kernel = scipy.fft.irfft2(y * x.conj() / (power + power.mean() + 1e-3), s=size[::-1])
    return cv2.GaussianBlur(np.fft.fftshift(kernel), (0, 0), 0.8)


def double_contours(pair: Pair) -> float:
    """Height of the second peak of the kernel between the two pictures, 5 to 32 pixels from the first, above the
    saddle on the way to it and above its noise, as a share of the first."""
    kernel = _kernel(pair)
    middle = np.array(kernel.shape) // 2
    reach = min(_GHOST[1], *(middle - 2))
    y, x = np.ogrid[: kernel.shape[0], : kernel.shape[1]]
    distance = np.hypot(y - middle[0], x - middle[1])
    main = float(kernel[distance <= 1.5].max())
    if main <= 0:
        return 0.0
    ring = (distance >= _GHOST[0]) & (distance <= reach)
    place = np.unravel_index(np.argmax(np.where(ring, kernel, -np.inf)), kernel.shape)
    steps = [
        tuple(np.rint(middle + share * (np.array(place) - middle)).astype(int)) for share in np.linspace(0.25, 0.85, 7)
    ]
    saddle = max(min(float(kernel[step]) for step in steps), 0.0)
    noise = 5 * robust_deviation(kernel[ring])
    return max(float(kernel[place]) - saddle - noise, 0.0) / main


def displaced_rows(pair: Pair) -> float:
    """Mean distance of the shifts of 24 strips of rows from their median, by how sure they are: the peaks of their
    cross-correlations with the reference (Knapp and Carter 1976). Pixels."""
    return pair.row_distance


def _row_map(pair: Pair) -> np.ndarray:
    shifts, sure = pair.rows
    middle = np.median(shifts[sure > 0]) if (sure > 0).any() else 0
    strips = (np.abs(shifts - middle) * sure).astype(np.float32)[:, None]
    return cv2.resize(strips, (pair.width, pair.height), interpolation=cv2.INTER_NEAREST)


def _ghost_map(pair: Pair) -> np.ndarray:
    return cv2.blur(np.abs(pair.bands[1][1] - pair.bands[0][1]), (9, 9))


PLACE = (
    MeasuredEffect("displacement", "share of detail", 0.08, 0.4, displacement, _displacement_map),
    MeasuredEffect("double_contours", "share of the picture", 0.04, 0.5, double_contours, _ghost_map),
    MeasuredEffect("displaced_rows", "pixels", DISPLACED, 8, displaced_rows, _row_map),
)
