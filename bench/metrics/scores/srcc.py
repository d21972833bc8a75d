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
    return resampled_spearman(predictions.predicted, predictions.truth, group, group.max() + 1)


def resampled_spearman(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, count: int) -> Resampled:
    """Spearman's correlation of (N,) and (N,) in resamples of the references.

    Args:
        predicted: (N,).
        truth: (N,).
        group: (N,) the number of each image's reference.
        count: R, how many references are drawn from; some may have no image here.
    """
    ranked = [rank_shares(values, group, count) for values in (predicted, truth)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        correlations = []
        for part in np.array_split(draws, max(1, len(draws) * len(group) // correlation.NUMBERS_AT_ONCE)):
            weights = part[:, group]
            n = np.maximum(weights.sum(axis=1, keepdims=True), 1)  # where no image is drawn, all else is 0
            # Centred ranks: those of a resample have the mean (n + 1) / 2. Over n they are of the order of 1.
            x, y = ((part @ shares - n / 2) / n for shares in ranked)
            products = [np.einsum("sn,sn,sn->s", weights, a, b) / n[:, 0] for a, b in ((x, x), (y, y), (x, y))]
            correlations.append(correlation.correlation(*products))
        return np.concatenate(correlations)

    return of_draws


def rank_shares(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """(R, N): by how much a drawn reference raises the mean rank of each image, of (N,) values; `count` is R.

    That is the number of its images below, and half the number of those that tie; the rank starts at 1/2.
    """
    distinct, place = np.unique(values, return_inverse=True)
    shape = (count, len(distinct))
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
