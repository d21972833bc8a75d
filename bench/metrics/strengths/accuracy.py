"""Accuracy (Eq. 10): share of (image, distortion) pairs predicted inside the interval of the true level.

Most pairs are clean in single-distortion sets, so predicting 0 everywhere scores high: read it beside the active
accuracy and the all-clean row.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import STRENGTHS, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import ratio_of_sums, resampled_ratio


def _terms(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    right = predictions.predicted_level == predictions.true_level
    return right, np.ones_like(right, dtype=np.int64)


METRIC = Metric(
    label="Accuracy",
    direction="higher",
    meaning="share of (image, distortion) pairs in the right interval (Eq. 10), in percent",
    protocols=STRENGTHS,
    value=ratio_of_sums(_terms),
    resampled=resampled_ratio(_terms),
    decimals=2,
    percent=True,
    margin=0.01,
)
"""In [0, 1]."""
