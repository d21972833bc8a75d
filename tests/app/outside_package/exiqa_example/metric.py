"""Ordered pairs: how often the better of two images gets the higher score."""

from __future__ import annotations

import numpy as np

from exiqa.bench import Metric, Predictions


def ordered_pairs(predictions: Predictions) -> float:
    """The share, in [0, 1], of pairs of different true scores that are predicted in the true order."""
    predicted, truth = predictions.predicted, predictions.truth
    differ = truth[:, None] > truth
    return float(np.mean((predicted[:, None] > predicted)[differ]))


def undefined(predictions: Predictions) -> str:
    if np.ptp(predictions.predicted) == 0:
        return "every predicted score is the same"
    return "every true score is the same" if np.ptp(predictions.truth) == 0 else ""


METRIC = Metric(
    label="Pairs",
    direction="higher",
    meaning="share of pairs of images that are scored in the right order",
    protocols=("quality", "zero_shot"),
    value=ordered_pairs,
    undefined=undefined,
    decimals=1,
    percent=True,
)
