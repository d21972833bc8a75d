"""The map between the colours of two pictures of one scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ColorMap:
    """What happens to a and b of CIE Lab wherever a colour is."""

    gain: float
    """By how much chroma is multiplied along its own hue; below 0 hues are turned over. 1 for a grey picture."""
    shift: np.ndarray
    """(2,) a and b that a grey of the reference's mean lightness becomes."""
    turn: float
    """By how far hues turn, as a share of the chroma."""
    unexplained: np.ndarray
    """(h, w) float32: distance of each cell from the affine map of L, a and b that fits best."""


def fit_color_map(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> ColorMap:
    """Fit a and b of `second` as an affine function of L, a and b of `first`; outliers lose their weight in two rounds.

    Args:
        first: (h, w, 3) CIE Lab.
        second: The same places in the other picture.
        weights: (h, w) above 0.
    """
    lab, target = first.reshape(-1, 3).astype(np.float64), second.reshape(-1, 3)[:, 1:].astype(np.float64)
    basis = np.column_stack([lab - [lab[:, 0].mean(), 0, 0], np.ones(len(lab))])
    robust = weights.ravel().astype(np.float64)
    for _ in range(3):
        weighted = basis * robust[:, None]
        # A colour that hardly occurs says nothing of its own map: it is held at the identity.
        ridge = np.diag([1.0, 1.0, 1.0, 0.01]) * robust.sum()
        start = np.array([[0, 0], [1, 0], [0, 1], [0, 0]], np.float64)
        solution = np.linalg.solve(weighted.T @ basis + ridge, weighted.T @ target + ridge @ start)
        off = np.linalg.norm(target - basis @ solution, axis=1)
        robust = weights.ravel() / (1 + (off / (3 * float(np.median(off)) + 3)) ** 2)
    shift = solution[3]
    return ColorMap(
        _gain(lab[:, 1:], target - shift - np.outer(basis[:, 0], solution[0]), weights.ravel()),
        shift,
        abs(solution[1, 1] - solution[2, 0]) / 2,
        off.reshape(first.shape[:2]).astype(np.float32),
    )


def _gain(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> float:
    """Mean gain of chroma along its own hue; vivid colours, whose gain the gamut limits, count for less each."""
    chroma = np.linalg.norm(first, axis=1)
    weights = weights / (chroma + 5)
    power = float(weights @ chroma**2)
    return float(weights @ (first * second).sum(axis=1)) / power if power > 0.05 * float(weights.sum()) else 1.0
