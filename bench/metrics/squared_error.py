"""The root mean squared error, of strengths and of scores alike."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import ratio_of_sums, resampled_ratio


def root_mean_squared_error(predictions: Predictions) -> float:
    """Root mean squared error (Eq. 11) over all entries, in [0, ∞)."""
    return float(np.sqrt(ratio_of_sums(_squares)(predictions)))


def resampled_root_mean_squared_error(predictions: Predictions, group: np.ndarray) -> Resampled:
    """The same of resamples (`exiqa.bench.metrics.metric.Metric.resampled`)."""
    mean = resampled_ratio(_squares)(predictions, group)
    return lambda draws: np.sqrt(mean(draws))


def _squares(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    squares = (predictions.predicted - predictions.truth) ** 2
    return squares, np.ones_like(squares)
