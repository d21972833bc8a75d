"""How well P(a|I) tells the images of which an attribute is true from those of which it is false."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.attributes.decided import FALSE, TRUE, auroc_of_each, decided, why_none_decided
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric
from exiqa.bench.metrics.predictions import Predictions


def _value(predictions: Predictions) -> float:
    chosen = decided(predictions)
    return float(np.mean(auroc_of_each(predictions.predicted[:, chosen], predictions.truth[:, chosen])))


METRIC = Metric(
    label="AUROC",
    direction="higher",
    meaning=f"area under the ROC curve of P(a|I) for a truth of at least {TRUE:g} against one of at most {FALSE:g}, "
    "mean over the linked attributes that have both",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=why_none_decided,
)
"""In [0, 1]; a constant scores 0.5, and less says that attributes answer to the opposite."""
