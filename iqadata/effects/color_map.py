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
    return ColorMap(
        _gain(lab[:, 1:], target, weights.ravel()),
        solution[3],
        abs(solution[1, 1] - solution[2, 0]) / 2,
        off.reshape(first.shape[:2]).astype(np.float32),
    )


def _gain(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> float:
    """Gain of chroma about its mean; vivid colours, whose gain the gamut limits, count for less each."""
    centred = [values - weights @ values / weights.sum() for values in (first, second)]
    distance = np.linalg.norm(centred[0], axis=1)
    weights = weights / (distance + 5)
    power = float(weights @ distance**2)
    return float(weights @ (centred[0] * centred[1]).sum(axis=1)) / power if power > 0.05 * weights.sum() else 1.0
