"""What the correlations share: when there is none, and Pearson's from moments of resamples."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import quotient, sums

NUMBERS_AT_ONCE = 4_000_000
"""Numbers (8 bytes each) that the rank correlations of resamples hold at once."""


def why_no_correlation(predictions: Predictions) -> str:
    """Why a correlation of two score vectors is not defined; "" where it is."""
    if len(predictions) < 2:
        return "there is only one image"
    if is_constant(predictions.predicted):
        return "every predicted score is the same, and a constant has no correlation with anything"
    if is_constant(predictions.truth):
        return "every true score is the same, and nothing correlates with a constant"
    return ""


def is_constant(values: np.ndarray) -> bool:
    """Whether the spread of (N,) values is so small that a correlation is rounding noise; scipy warns there too."""
    return bool(np.ptp(values) <= 1e-13 * np.max(np.abs(values)))


def resampled_pearson(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray) -> Resampled:
    """Pearson's correlation of (N,) and (N,) in resamples of the references, from the sums of six moments."""
    x, y = standardised(predicted), standardised(truth)
    moments = [sums(values, group) for values in (np.ones_like(x), x, y, x * x, y * y, x * y)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        n, x_, y_, xx, yy, xy = (draws @ moment for moment in moments)
        return correlation(xx / n - (x_ / n) ** 2, yy / n - (y_ / n) ** 2, xy / n - x_ * y_ / n**2)

    return of_draws


def standardised(values: np.ndarray) -> np.ndarray:
    """(N,) shifted and scaled to a mean of 0 and a spread of 1."""
    return np.asarray((values - values.mean()) / values.std())


def correlation(variance_x: np.ndarray, variance_y: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(S,) from (S,) moments of values of the order of 1; NaN where a variance is no more than rounding noise."""
    defined = (variance_x > 1e-12) & (variance_y > 1e-12)
    return quotient(np.where(defined, covariance, np.nan), np.sqrt(np.where(defined, variance_x * variance_y, 1.0)))
