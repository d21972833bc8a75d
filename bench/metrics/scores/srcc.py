"""Spearman's rank correlation of predicted and true scores; ties take their mean rank."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import SCORES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores import correlation


def _value(predictions: Predictions) -> float:
    from scipy import stats

    return float(stats.spearmanr(predictions.predicted, predictions.truth).statistic)


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    ranked = [rank_shares(values, group) for values in (predictions.predicted, predictions.truth)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        correlations = []
        for part in np.array_split(draws, max(1, len(draws) * len(group) // correlation.NUMBERS_AT_ONCE)):
            weights = part[:, group]
            n = weights.sum(axis=1, keepdims=True)
            # Centred ranks: those of a resample have the mean (n + 1) / 2. Over n they are of the order of 1.
            x, y = ((part @ shares - n / 2) / n for shares in ranked)
            products = [np.einsum("sn,sn,sn->s", weights, a, b) / n[:, 0] for a, b in ((x, x), (y, y), (x, y))]
            correlations.append(correlation.correlation(*products))
        return np.concatenate(correlations)

    return of_draws


def rank_shares(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(R, N): by how much a drawn reference raises the mean rank of each image, of (N,) values.

    That is the number of its images below, and half the number of those that tie; the rank starts at 1/2.
    """
    distinct, place = np.unique(values, return_inverse=True)
    shape = (group.max() + 1, len(distinct))
    tied = np.bincount(np.ravel_multi_index((group, place), shape), minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(np.cumsum(tied, axis=1) - tied / 2)[:, place]


METRIC = Metric(
    label="SRCC",
    direction="higher",
    meaning="Spearman's rank correlation",
    protocols=SCORES,
    value=_value,
    undefined=correlation.why_no_correlation,
    resampled=_resampled,
)
"""In [-1, 1], sign kept."""
