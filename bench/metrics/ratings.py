"""Rank correlation of answers with what people rated beside quality: the mean over the ratings, and each by itself."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import RATINGS, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores.correlation import is_constant


def rating_correlations(predicted: np.ndarray, truth: np.ndarray) -> list[float | None]:
    """Spearman's correlation of each of R columns over the images that were rated.

    Args:
        predicted: (N, R) answers.
        truth: (N, R) ratings, NaN where nobody was asked.

    Returns:
        R values, sign kept; None where fewer than three images were rated, or a side is constant.
    """
    from scipy.stats import spearmanr

    found: list[float | None] = []
    for answers, ratings in zip(predicted.T, truth.T, strict=True):
        rated = np.isfinite(ratings)
        sides = answers[rated], ratings[rated]
        defined = rated.sum() >= 3 and not any(is_constant(side) for side in sides)
        found.append(float(spearmanr(*sides).statistic) if defined else None)
    return found


def _value(predictions: Predictions) -> float:
    found = rating_correlations(predictions.predicted, predictions.truth)
    return float(np.mean([value for value in found if value is not None]))  # asked only where all are there


def _undefined(predictions: Predictions) -> str:
    if None in rating_correlations(predictions.predicted, predictions.truth):
        return "of a rating no attribute of the bank speaks, or nobody was asked about these images"
    return ""


METRIC = Metric(
    label="SRCC of ratings",
    direction="higher",
    meaning="Spearman's rank correlation of the attributes' answers with what people rated beside quality, the mean "
    "over the ratings",
    protocols=RATINGS,
    value=_value,
    undefined=_undefined,
)
