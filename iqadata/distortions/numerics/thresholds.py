"""Otsu thresholds as MATLAB's `multithresh` finds them: by a search that stops at a local optimum."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

_TOLERANCE_X = 1.0
_TOLERANCE_F = 1e-4
_LIMIT = 200
"""Evaluations, and iterations, a dimension."""


def multithresh(histogram: np.ndarray, count: int) -> np.ndarray:
    """`count` thresholds that split a histogram into `count` + 1 classes of little variance (Otsu 1979).

    histogram: (B,) counts, B > `count`. Returns (count,) ascending whole bins, each the last of its class. They are
    searched for from even spacing by the simplex method, as in MATLAB, and so are close to even spacing rather
    than optimal. Where no class can have a pixel, they are evenly spaced.
    """
    start = np.linspace(0, len(histogram) - 1, count + 2)[1:-1]
    return np.floor(simplex_search(_between_class_variance(histogram), start) + 0.5)


def _between_class_variance(histogram: np.ndarray) -> Callable[[np.ndarray], float]:
    """(count,) thresholds -> minus the variance between their classes; ∞ where a class is empty or out of order."""
    share = histogram / histogram.sum()
    # Python's own numbers: an evaluation takes a few dozen of them, and there are hundreds.
    mass = np.cumsum(share).tolist()
    moment = np.cumsum(share * np.arange(1, len(share) + 1)).tolist()
    last, mean = len(share) - 1, moment[-1]

    def objective(thresholds: np.ndarray) -> float:
        variance = before_mass = before_moment = 0.0
        before = 0
        for threshold in (*thresholds.tolist(), last):
            end = math.floor(threshold + 0.5)
            if not before < end <= last:
                return math.inf
            weight = mass[end] - before_mass
            if weight == 0:
                return math.inf
            variance += weight * ((moment[end] - before_moment) / weight - mean) ** 2
            before, before_mass, before_moment = end, mass[end], moment[end]
        return -variance

    return objective


def simplex_search(objective: Callable[[np.ndarray], float], start: np.ndarray) -> np.ndarray:
    """A local minimum by the simplex method (Lagarias et al. 1998), in MATLAB's order of steps and ties.

    SciPy's Nelder-Mead is the same method, but it sorts equal values in another order, and an objective of rounded
    arguments has many: it ends at other thresholds in one image of four. start: (n,), each coordinate of which is
    first moved by a twentieth. Stops where values lie within 1e-4 and points within 1, or after 200·n evaluations.
    """
    size = len(start)
    points = np.vstack([start, np.where(np.eye(size), 1.05 * start, start)])
    values = np.array([objective(point) for point in points])
    points, values = _sorted(points, values)
    evaluations, iterations = size + 1, 1
    while evaluations < _LIMIT * size and iterations < _LIMIT * size:
        close = values[-1] == values[0] or values[-1] - values[0] <= _TOLERANCE_F
        if close and np.abs(points[1:] - points[0]).max() <= _TOLERANCE_X:
            break
        centre = points[:-1].sum(axis=0) / size
        worst = points[-1]
        # In this form, since a sum in another order rounds differently, and where values tie that decides.
        reflected = 2 * centre - worst
        value = objective(reflected)
        evaluations += 1
        candidate, candidate_value = reflected, value
        if value < values[0]:
            expanded = 3 * centre - 2 * worst
            expanded_value = objective(expanded)
            evaluations += 1
            if expanded_value < value:
                candidate, candidate_value = expanded, expanded_value
        elif value >= values[-2]:
            outside = value < values[-1]
            candidate = 1.5 * centre - 0.5 * worst if outside else 0.5 * centre + 0.5 * worst
            candidate_value = objective(candidate)
            evaluations += 1
            if candidate_value > value if outside else candidate_value >= values[-1]:
                points[1:] = points[0] + 0.5 * (points[1:] - points[0])
                values[1:] = [objective(point) for point in points[1:]]
                evaluations += size
                points, values = _sorted(points, values)
                iterations += 1
                continue
        points[-1], values[-1] = candidate, candidate_value
        points, values = _sorted(points, values)
        iterations += 1
    return points[0]


def _sorted(points: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(values, kind="stable")
    return points[order], values[order]
