"""How well P(a|I) tells the images of which an attribute is true from those of which it is false."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.attributes.decided import (
    FALSE,
    TRUE,
    auroc_of_each,
    decided,
    resampled_auroc,
    why_none_decided,
)
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import mean_of_defined


def _value(predictions: Predictions) -> float:
    chosen = decided(predictions)
    return float(np.mean(auroc_of_each(predictions.predicted[:, chosen], predictions.truth[:, chosen])))


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    """An attribute counts in the resamples in which it is true of some image and false of another."""
    chosen = decided(predictions)
    columns = zip(predictions.predicted[:, chosen].T, predictions.truth[:, chosen].T, strict=True)
    of_each = [resampled_auroc(scores, truth, group) for scores, truth in columns]
    return lambda draws: mean_of_defined(np.array([of_one(draws) for of_one in of_each]))


METRIC = Metric(
    label="AUROC",
    direction="higher",
    meaning=f"area under the ROC curve of P(a|I) for a truth of at least {TRUE:g} against one of at most {FALSE:g}, "
    "mean over the linked attributes that have both",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=why_none_decided,
    resampled=_resampled,
)
"""In [0, 1]; a constant scores 0.5, and less says that attributes answer to the opposite."""
