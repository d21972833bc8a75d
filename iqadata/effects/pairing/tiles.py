"""Flat tiles in place of detail."""

from __future__ import annotations

import numpy as np

FLAT_EVERYWHERE = 0.47
"""The share of flat steps from which on the whole picture is of tiles."""
_LEAST_STEP = 10
_BY_CHANCE = 0.06
"""Some neighbours are equal wherever things are moved."""


def flat_steps(expected: np.ndarray, actual: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Where neighbours along an axis differ clearly in what is expected, and where they are all but equal although
    they should; bool, one shorter along the axis."""
    before, after = (np.abs(np.diff(plane, axis=axis)) for plane in (expected, actual))
    steep = before > _LEAST_STEP
    return steep, steep & (after <= 1 + 0.05 * before)


def flat_share(expected: np.ndarray, actual: np.ndarray) -> float:
    """Share of the steps of `expected`, (H, W) float32, that are flat in `actual`, beyond chance; rows and columns."""
    shares = []
    for axis in (0, 1):
        steep, flat = flat_steps(expected, actual, axis)
        shares.append(max(float(flat.sum()) / max(int(steep.sum()), 200) - _BY_CHANCE, 0))
    return float(np.mean(shares))
