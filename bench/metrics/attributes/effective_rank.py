"""As how many independent attributes the A of a bank answer: the effective rank of P(a|I).

exp(−Σ p_i ln p_i), p_i = σ_i / Σ σ, of the singular values σ of the (N, A) matrix less the mean of each column.
Source: O. Roy, M. Vetterli, The effective rank: a measure of effective dimensionality, EUSIPCO (2007), Definition 1.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.bootstrap import without_interval
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores.correlation import is_constant


def _undefined(predictions: Predictions) -> str:
    constant = all(is_constant(column) for column in predictions.predicted.T)
    return "P(a|I) of every attribute is the same in all images" if constant else ""


def _value(predictions: Predictions) -> float:
    centred = predictions.predicted - predictions.predicted.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    shares = values[values > 0] / values.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))


METRIC = Metric(
    label="Eff. rank",
    direction="higher",
    meaning="effective rank of P(a|I) over the test images (Roy and Vetterli, 2007): as how many independent "
    "attributes the bank's answer",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=_undefined,
    resampled=without_interval,
    decimals=1,
    margin=1.0,
)
"""In [1, A], and below the number of images."""
