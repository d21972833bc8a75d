"""F1 of "the image has this distortion", pooled over all (image, distortion) pairs (micro average).

A pair is called distorted where its strength lies outside the clean interval
(`exiqa.bench.metrics.predictions.nearest_level`).
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import STRENGTHS, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import ratio_of_sums, resampled_ratio


def _undefined(predictions: Predictions) -> str:
    if predictions.predicted_level.any() or predictions.true_level.any():
        return ""
    return "no image has a distortion and none was predicted"


def _terms(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    called, present = predictions.predicted_level > 0, predictions.true_level > 0
    return 2 * (called & present), called.astype(np.int64) + present


METRIC = Metric(
    label="F1",
    direction="higher",
    meaning="F1 of “the image has this distortion”, pooled over all pairs",
    protocols=STRENGTHS,
    value=ratio_of_sums(_terms),
    undefined=_undefined,
    resampled=resampled_ratio(_terms),
)
"""In [0, 1]; all-clean scores 0."""
