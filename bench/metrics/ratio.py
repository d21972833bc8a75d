"""Metrics that are a sum over the images divided by another: their value and their resamples, from the same terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exiqa.bench.metrics.metric import Resampled
from exiqa.bench.metrics.predictions import Predictions

Terms = Callable[[Predictions], tuple[np.ndarray, np.ndarray]]
"""To a numerator and a denominator a term, both (N,) or (N, D); where the denominator is 0, so is the numerator."""


def ratio_of_sums(terms: Terms) -> Callable[[Predictions], float]:
    """`Metric.value` of Σ numerator / Σ denominator."""

    def value(predictions: Predictions) -> float:
        numerator, denominator = terms(predictions)
        counted = denominator > 0
        # Zeros in between would change the order in which the rest is added up, and with it the last digit.
        kept = numerator if counted.all() else numerator[counted]
        return float(np.sum(kept) / np.sum(denominator))

    return value


def resampled_ratio(terms: Terms) -> Callable[[Predictions, np.ndarray], Resampled]:
    """`Metric.resampled` of Σ numerator / Σ denominator: sums over each reference's images are all that is needed."""

    def resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
        above, below = (sums(values.reshape(len(group), -1).sum(axis=1), group) for values in terms(predictions))
        return lambda draws: quotient(draws @ above, draws @ below)

    return resampled


def sums(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(R,): the sum of each reference's values; `values` (N,), `group` (N,) the number of each image's reference."""
    return np.bincount(group, weights=values)


def quotient(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Elementwise quotient, NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def mean_of_defined(values: np.ndarray) -> np.ndarray:
    """(S,): the mean of each column of (K, S), over those that are no NaN; NaN where none is."""
    return quotient(np.nansum(values, axis=0), np.isfinite(values).sum(axis=0).astype(np.float64))
