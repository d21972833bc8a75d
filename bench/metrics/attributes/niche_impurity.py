"""Niche impurity score: how well an attribute's truth can be read from the attributes that do not correlate with it.

A linear predictor of every attribute's truth from all k decided P(a|I) is fitted, and asked with the attribute's niche
masked: the attributes i whose |Pearson correlation| of P(i|I) with the truth of j is above β, put at their mean.
NI_j(β) is the area under the ROC curve of that answer, and NIS the integral over β in [0, 1] of the mean of NI_j(β)
over j, by the trapezoidal rule at steps of .05.

Fitted by ridge regression on standardised P(a|I), and asked about references that it was not fitted to, each left out
in turn (up to `FOLDS` groups). At β = 1 no niche is masked, so that what can be read at all counts there.

Source: M. Espinosa Zarlenga et al., Towards robust metrics for concept representation evaluation, AAAI (2023), which
fits a small network instead and splits the images at random.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.attributes.decided import auroc_of_each, decided, why_none_decided
from exiqa.bench.metrics.bootstrap import without_interval
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric
from exiqa.bench.metrics.predictions import Predictions

BETAS = np.linspace(0, 1, 21)
FOLDS = 5
"""Groups of references, each left out once."""
PENALTY = 0.1
"""Of the ridge regression, beside a mean squared error over the images."""


def _undefined(predictions: Predictions) -> str:
    if why := why_none_decided(predictions):
        return why
    one = len(np.unique(predictions.columns.group)) < 2
    return "there is only one reference, and a predictor is asked about others than it is fitted to" if one else ""


def _value(predictions: Predictions) -> float:
    chosen = decided(predictions)
    attributes, truth = predictions.predicted[:, chosen], predictions.truth[:, chosen]
    relation = np.abs(_correlations(attributes, truth))
    terms = [_standardised_and_weights(attributes, truth, test) for test in _left_out(predictions.columns.group)]
    impurities = []
    for beta in BETAS:
        outside = relation <= beta  # (k, k): whether attribute i is no part of the niche of j
        answers = np.zeros_like(truth)
        for test, standardised, weights in terms:
            answers[test] = standardised @ (weights * outside)
        impurities.append(np.mean(auroc_of_each(np.round(answers, 9), truth)))
    return float(np.trapezoid(impurities, BETAS))


def _left_out(group: np.ndarray) -> list[np.ndarray]:
    """(N,) bool each: the images of each part of the references."""
    names, number = np.unique(group, return_inverse=True)
    fold = number % min(FOLDS, len(names))
    return [fold == at for at in range(fold.max() + 1)]


def _standardised_and_weights(
    attributes: np.ndarray, truth: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The images left out, their standardised attributes (n, k), and the (k, k) weights fitted to the others."""
    train = attributes[~test]
    spread = train.std(axis=0)
    scale = np.where(spread > 1e-9, spread, np.inf)  # a constant tells nothing
    standardised = (attributes - train.mean(axis=0)) / scale
    x, y = standardised[~test], truth[~test] - truth[~test].mean(axis=0)
    weights = np.linalg.solve(x.T @ x / len(x) + PENALTY * np.eye(x.shape[1]), x.T @ y / len(x))
    return test, standardised[test], weights


def _correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(k, k) Pearson correlations of the columns of two (N, k) arrays; 0 where one is constant."""
    centred = [values - values.mean(axis=0) for values in (first, second)]
    lengths = [np.linalg.norm(values, axis=0) for values in centred]
    scaled = [values / np.where(length > 1e-9, length, np.inf) for values, length in zip(centred, lengths, strict=True)]
    return np.clip(scaled[0].T @ scaled[1], -1, 1)


METRIC = Metric(
    label="NIS",
    direction="lower",
    meaning="niche impurity score (Espinosa Zarlenga et al., 2023): how well the truth of an attribute can be read "
    "from the attributes that do not correlate with it",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=_undefined,
    resampled=without_interval,
)
"""In [0, 1]; about 0.5 where nothing leaks and truths are independent. Where an image has one distortion alone, what is
true of one attribute is seldom true of others, and truth itself has more: rows of one data set are to be compared."""
