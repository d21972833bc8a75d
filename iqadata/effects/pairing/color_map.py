"""The map between the colours of two pictures of one scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NEUTRAL, _COLORED = 8.0, 4.0
"""Chroma in CIE Lab up to which a colour tells of a cast, and from which on of saturation."""


@dataclass(frozen=True)
class ColorMap:
    """What happens to a and b of CIE Lab wherever a colour is."""

    gain: float
    """By how much chroma is multiplied along its own hue; below 0 hues are turned over. 1 for a grey reference."""
    shift: np.ndarray
    """(2,) a and b that grey becomes."""
    turn: float
    """By how far hues turn, as a share of the chroma."""
    unexplained: np.ndarray
    """(h, w) float32: distance of each cell from the map that fits best, affine in a and b, its terms linear in L."""


def fit_color_map(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> ColorMap:
    """Fit a and b of `second` as a smooth function of L, a and b of `first`; outliers lose their weight in two rounds.

    The terms are L, a, b, 1, a·L, b·L and L², L in units of 100 from its mean.

    Args:
        first: (h, w, 3) CIE Lab.
        second: The same places in the other picture.
        weights: (h, w) above 0.
    """
    lab, target = first.reshape(-1, 3).astype(np.float64), second.reshape(-1, 3)[:, 1:].astype(np.float64)
    light, a, b = (lab[:, 0] - lab[:, 0].mean()) / 100, lab[:, 1], lab[:, 2]
    basis = np.column_stack([light, a, b, np.ones(len(lab)), a * light, b * light, light**2])
    robust = weights.ravel().astype(np.float64)
    for _ in range(3):
        weighted = basis * robust[:, None]
        # A colour that hardly occurs says nothing of its own map: it is held at the identity.
        ridge = np.diag([0.001, 1, 1, 0.001, 1, 1, 0.001]) * robust.sum()
        start = np.zeros((7, 2))
        start[1, 0] = start[2, 1] = 1
        solution = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ target + ridge @ start)
        off = np.linalg.norm(target - basis @ solution, axis=1)
        robust = weights.ravel() / (1 + (off / (3 * float(np.median(off)) + 3)) ** 2)
    gain, shift = _gain_and_shift(lab[:, 1:], target, weights.ravel(), solution[3])
    turn = abs(solution[1, 1] - solution[2, 0]) / 2
    return ColorMap(gain, shift, turn, off.reshape(first.shape[:2]).astype(np.float32))


def _gain_and_shift(
    first: np.ndarray, second: np.ndarray, weights: np.ndarray, start: np.ndarray
) -> tuple[float, np.ndarray]:
    """Median gain of chroma along its own hue, and where neutral colours go; each is found without the other's part.

    Of neutral colours, whose chroma the gamut does not limit; without any, the shift is `start`.
    """
    chroma = np.linalg.norm(first, axis=1)
    colored, neutral = chroma >= _COLORED, chroma < _NEUTRAL
    mass = weights[neutral].sum()
    known = mass > 0.03 * weights.sum()
    basis = np.column_stack([first[neutral], np.ones(int(neutral.sum()))])
    gain, shift = 1.0, np.zeros(2) if known else start
    for _ in range(3):
        if weights[colored].sum() > 0.02 * weights.sum():
            along = ((second - shift)[colored] * first[colored]).sum(axis=1) / chroma[colored] ** 2
            gain = _weighted_median(along, weights[colored] * np.minimum(chroma[colored], 15))
        if known:
            # A line through the neutral colours, held at the common gain where they are but few.
            weighted = basis * weights[neutral, None]
            held = mass * np.diag([4.0, 4.0, 0.0])
            goal = weighted.T @ second[neutral] + held @ np.array([[gain, 0], [0, gain], [0, 0]])
            shift = np.linalg.solve(weighted.T @ basis + held, goal)[2]
    return gain, shift


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    mass = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(mass, mass[-1] / 2)])
