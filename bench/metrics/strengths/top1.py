"""Share of the images with exactly one distortion whose strongest predicted distortion is that one.

Where several distortions share the highest prediction, the image counts by what a blind pick among them would earn,
so a constant scores 1/D.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import STRENGTHS, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import ratio_of_sums, resampled_ratio


def _undefined(predictions: Predictions) -> str:
    return "" if _has_one(predictions).any() else "no image has exactly one distortion"


def _terms(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    single = _has_one(predictions)
    highest = predictions.predicted == predictions.predicted.max(axis=1, keepdims=True)
    votes = np.sum(highest & predictions.present, axis=1) / np.sum(highest, axis=1)
    return np.where(single, votes, 0.0), single


def _has_one(predictions: Predictions) -> np.ndarray:
    return np.asarray(predictions.present.sum(axis=1) == 1)


METRIC = Metric(
    label="Top-1",
    direction="higher",
    meaning="share of single-distortion images whose strongest predicted distortion is the true one, in percent",
    protocols=STRENGTHS,
    value=ratio_of_sums(_terms),
    undefined=_undefined,
    resampled=resampled_ratio(_terms),
    decimals=2,
    percent=True,
    among_distortions=True,
)
"""In [0, 1]."""
