"""How much the attributes of one distortion say the same: mean Pearson correlation of their P(a|I) over all images.

Every pair of attributes that share a distortion counts once; one whose P(a|I) is constant has no correlation and is
left out. Needs no truth.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import ATTRIBUTES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import mean_of_defined
from exiqa.bench.metrics.scores.correlation import is_constant, resampled_pearson


def _pairs(predictions: Predictions) -> np.ndarray:
    """(A, A) bool, above the diagonal: the pairs that share a distortion and both vary."""
    membership = predictions.columns.membership.astype(np.int64)
    varies = ~np.array([is_constant(column) for column in predictions.predicted.T])
    return np.asarray(np.triu(membership @ membership.T > 0, 1) & varies & varies[:, None])


def _undefined(predictions: Predictions) -> str:
    return "" if _pairs(predictions).any() else "no distortion has two attributes whose P(a|I) vary"


def _value(predictions: Predictions) -> float:
    pairs = _pairs(predictions)
    with np.errstate(invalid="ignore", divide="ignore"):  # a constant column has no correlation, and is in no pair
        return float(np.mean(np.atleast_2d(np.corrcoef(predictions.predicted.T))[pairs]))


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    """A pair counts in the resamples in which both vary."""
    columns = predictions.predicted.T
    of_each = [resampled_pearson(columns[a], columns[b], group) for a, b in np.argwhere(_pairs(predictions))]
    return lambda draws: mean_of_defined(np.array([of_one(draws) for of_one in of_each]))


METRIC = Metric(
    label="Siblings",
    direction="lower",
    meaning="mean Pearson correlation of the P(a|I) of two attributes of one distortion over all test images",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=_undefined,
    resampled=_resampled,
)
"""In [-1, 1]; at 1 a distortion's attributes are its label, several times."""
