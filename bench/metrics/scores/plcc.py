"""Pearson's linear correlation of predicted and true scores, raw: no curve is fitted first."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import SCORES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores.correlation import resampled_pearson, why_no_correlation


def _value(predictions: Predictions) -> float:
    from scipy import stats

    return float(stats.pearsonr(predictions.predicted, predictions.truth).statistic)


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    return resampled_pearson(predictions.predicted, predictions.truth, group)


METRIC = Metric(
    label="PLCC",
    direction="higher",
    meaning="Pearson's correlation, raw: no curve fitted",
    protocols=SCORES,
    value=_value,
    undefined=why_no_correlation,
    resampled=_resampled,
)
"""In [-1, 1], sign kept."""
