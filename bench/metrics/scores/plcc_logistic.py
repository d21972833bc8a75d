"""Pearson's correlation of true scores with predicted ones mapped through the five-parameter logistic (VQEG).

The logistic is fitted to these very scores (`exiqa.bench.metrics.logistic.fit_logistic`), so this is never
below the absolute raw PLCC: of few images it flatters much, and below `MIN_IMAGES` it is not given. The fit turns
falling predictions round; the result has the raw PLCC's sign. Resamples keep the curve that all images give, it is not
fitted again to each.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import SCORES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores.correlation import (
    is_constant,
    resampled_pearson,
    standardised,
    why_no_correlation,
)

MIN_IMAGES = 50
"""Ten for each parameter of the curve."""


def _undefined(predictions: Predictions) -> str:
    why = why_no_correlation(predictions)
    if not why and len(predictions) < MIN_IMAGES:
        why = (
            f"a curve of five parameters flatters {len(predictions)} images that it is fitted to; it takes {MIN_IMAGES}"
        )
    if not why and is_constant(predictions.fitted):
        why = "the fitted logistic is flat, and a constant has no correlation with anything"
    return why


def _value(predictions: Predictions) -> float:
    from scipy import stats

    fitted, raw = (
        stats.pearsonr(values, predictions.truth).statistic for values in (predictions.fitted, predictions.predicted)
    )
    return float(np.copysign(fitted, raw))


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    # The fitted scores rise with the true ones, whatever the raw scores did: the sign is the raw correlation's.
    falling = np.sum(standardised(predictions.predicted) * standardised(predictions.truth)) < 0
    return resampled_pearson(-predictions.fitted if falling else predictions.fitted, predictions.truth, group)


METRIC = Metric(
    label="PLCC (logistic)",
    direction="higher",
    meaning="Pearson's correlation after a 5-parameter logistic (VQEG) fitted to the test images, sign of the raw one",
    protocols=SCORES,
    value=_value,
    undefined=_undefined,
    resampled=_resampled,
    version=2,
)
"""In [-1, 1]."""
