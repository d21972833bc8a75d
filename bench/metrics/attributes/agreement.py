"""Whether P(a|I) follows the truth among images of one distortion, where the distortion's label says nothing.

For every linked attribute and each distortion that it belongs to: Spearman's rank correlation of P(a|I) and truth over
the images that have the distortion, at all levels, if the truth varies there by at least `VARIES`; their median.
A P(a|I) that is the same in all of them agrees with nothing and counts 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exiqa.bench.metrics.attributes.decided import NOT_LINKED
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.scores.srcc import resampled_spearman

VARIES = 0.1
"""Truth that varies by less among the images of a distortion is no truth to agree with."""


def _undefined(predictions: Predictions) -> str:
    if not predictions.columns.linked.any():
        return NOT_LINKED
    varies = any(chosen.any() for _, chosen in _varying(predictions))
    return "" if varies else "among the images of one distortion no attribute's truth varies"


def _value(predictions: Predictions) -> float:
    correlations = [
        rank_correlations(predictions.predicted[rows][:, chosen], predictions.truth[rows][:, chosen])
        for rows, chosen in _varying(predictions)
    ]
    return float(np.median(np.concatenate(correlations)))


def _varying(predictions: Predictions) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each distortion (N,) bool its images and (A,) bool its linked attributes whose truth varies among them."""
    columns = predictions.columns
    for distortion in range(columns.membership.shape[1]):
        rows = columns.distorted[:, distortion]
        if rows.any():
            varies = np.ptp(predictions.truth[rows], axis=0) >= VARIES
            yield rows, columns.membership[:, distortion] & columns.linked & varies


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    """An attribute counts in the resamples in which its truth varies enough among the distortion's images."""
    count = group.max() + 1
    of_each = []
    for rows, chosen in _varying(predictions):
        for attribute in np.flatnonzero(chosen):
            truth = predictions.truth[rows, attribute]
            spearman = resampled_spearman(predictions.predicted[rows, attribute], truth, group[rows], count)
            of_each.append((spearman, _least_and_most(truth, group[rows], count)))

    def of_draws(draws: np.ndarray) -> np.ndarray:
        drawn, correlations = draws > 0, np.empty((len(of_each), len(draws)))
        for place, (spearman, (least, most)) in enumerate(of_each):
            spread = np.where(drawn, most, -np.inf).max(axis=1) - np.where(drawn, least, np.inf).min(axis=1)
            correlations[place] = np.where(spread >= VARIES, np.nan_to_num(spearman(draws)), np.nan)
        some = ~np.isnan(correlations).all(axis=0)
        medians = np.full(len(draws), np.nan)
        medians[some] = np.nanmedian(correlations[:, some], axis=0)
        return medians

    return of_draws


def _least_and_most(values: np.ndarray, group: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(R,) each: the least and the largest of each reference's values; infinite where it has none."""
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, group, values)
    np.maximum.at(most, group, values)
    return least, most


def rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(A,) Spearman's rank correlations of the columns of two (N, A) arrays; 0 where a column is constant."""
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=0) - (len(values) + 1) / 2 for values in (first, second)]
    spread = np.sqrt(np.prod([(rank**2).sum(axis=0) for rank in ranks], axis=0))
    product = (ranks[0] * ranks[1]).sum(axis=0)
    return np.divide(product, spread, out=np.zeros_like(product), where=spread > 0)


METRIC = Metric(
    label="Within",
    direction="higher",
    meaning="agreement within a distortion: Spearman's rank correlation of P(a|I) and truth over the images of an "
    f"attribute's own distortion, at all levels, where its truth varies by at least {VARIES:g}; median over the linked "
    "attributes (each with each of its distortions)",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=_undefined,
    resampled=_resampled,
)
"""In [-1, 1], sign kept."""
