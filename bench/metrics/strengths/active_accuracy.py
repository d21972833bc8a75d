"""Accuracy (Eq. 10) over the active pairs only: those whose true strength, snapped to its level, is not 0."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import STRENGTHS, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import ratio_of_sums, resampled_ratio


def _undefined(predictions: Predictions) -> str:
    return "" if predictions.true_level.any() else "no image has any distortion"


def _terms(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    active = predictions.true_level > 0
    return (predictions.predicted_level == predictions.true_level) & active, active


METRIC = Metric(
    label="Active acc.",
    direction="higher",
    meaning="Accuracy over the pairs whose distortion is present, in percent",
    protocols=STRENGTHS,
    value=ratio_of_sums(_terms),
    undefined=_undefined,
    resampled=resampled_ratio(_terms),
    decimals=2,
    percent=True,
)
"""In [0, 1]; all-clean scores 0."""
