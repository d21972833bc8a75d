"""Share of a bank's attributes that are linked to an effect: those whose truth is known."""

from __future__ import annotations

from exiqa.bench.metrics.bootstrap import without_interval
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric
from exiqa.bench.metrics.predictions import Predictions


def _value(predictions: Predictions) -> float:
    return float(predictions.columns.linked.mean())


METRIC = Metric(
    label="Linked",
    direction="higher",
    meaning="share of the attributes that are linked to an effect, in percent: those that can be judged",
    protocols=ATTRIBUTES,
    value=_value,
    resampled=without_interval,
    decimals=1,
    percent=True,
)
"""In [0, 1]; of the bank alone, the same for every model."""
