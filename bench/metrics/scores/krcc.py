"""Kendall's rank correlation tau-b (ties corrected) of predicted and true scores."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import SCORES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import quotient
from exiqa.bench.metrics.scores import correlation


def _value(predictions: Predictions) -> float:
    from scipy import stats

    return float(stats.kendalltau(predictions.predicted, predictions.truth).statistic)


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    """Pairs of images, summed over pairs of their references, once: tau-b of a resample is three quadratic forms."""
    order = np.argsort(group, kind="stable")
    x, y = predictions.predicted[order], predictions.truth[order]
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    concordant, untied_x, untied_y = (np.zeros((len(starts), len(starts))) for _ in range(3))
    for number, rows in enumerate(np.split(np.arange(len(order)), starts[1:])):
        for part in np.array_split(rows, max(1, len(rows) * len(order) // correlation.NUMBERS_AT_ONCE)):
            sign_x, sign_y = np.sign(x[part, None] - x), np.sign(y[part, None] - y)
            for total, pairs in ((concordant, sign_x * sign_y), (untied_x, sign_x != 0), (untied_y, sign_y != 0)):
                total[number] += np.add.reduceat(pairs.sum(axis=0, dtype=np.float64), starts)

    def of_draws(draws: np.ndarray) -> np.ndarray:
        c, u, v = (np.einsum("sr,sr->s", draws @ pairs, draws) for pairs in (concordant, untied_x, untied_y))
        return quotient(c, np.sqrt(u * v))

    return of_draws


METRIC = Metric(
    label="KRCC",
    direction="higher",
    meaning="Kendall's tau-b",
    protocols=SCORES,
    value=_value,
    undefined=correlation.why_no_correlation,
    resampled=_resampled,
)
"""In [-1, 1], sign kept."""
