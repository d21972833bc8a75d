"""The metrics of a test split, distortion by distortion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from exiqa.bench.metrics.metric import SCORE_METRICS, STRENGTH_METRICS, Levels, Metric, measure

Breakdown = dict[str, dict[str, float | None]]
"""Distortion id -> metric id -> figure; None where the metric is not defined on that distortion's share."""

# A single column has no strongest distortion among several: top-1 is taken over all columns of some of the images.
_COLUMN_METRICS: Mapping[str, Metric] = {name: m for name, m in STRENGTH_METRICS.items() if name != "top1"}
_TOP1: Mapping[str, Metric] = {"top1": STRENGTH_METRICS["top1"]}


def strengths_per_distortion(
    predicted: np.ndarray, truth: np.ndarray, distortions: Sequence[str], levels: Levels
) -> Breakdown:
    """Every metric of strengths for each distortion.

    A distortion's figure is the metric over its own column of all N images (mAP is then its average precision), and
    its top-1 the share of its own images (those that have it and nothing else) whose strongest predicted distortion
    it is: its recall. The mean over the distortions of accuracy and of mAP is that of the whole split.

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1].
        distortions: D ids, in the columns' order.
        levels: Per distortion, its grid of strengths besides 0.

    Returns:
        By distortion id, the figures by metric id.
    """
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    single = np.sum(truth > 0, axis=1) == 1
    breakdown: Breakdown = {}
    for number, distortion in enumerate(distortions):
        column = slice(number, number + 1)
        has_only_it = single & (truth[:, number] > 0)
        columns, _ = measure(_COLUMN_METRICS, predicted[:, column], truth[:, column], levels[column])
        top1, _ = measure(_TOP1, predicted[has_only_it], truth[has_only_it], levels)
        breakdown[distortion] = columns | top1
    return breakdown


def scores_per_distortion(
    predicted: np.ndarray, truth: np.ndarray, distortion_of: Sequence[str] | np.ndarray, distortions: Sequence[str]
) -> Breakdown:
    """Every metric of scores, (N,) each, over the images of one distortion, for each distortion that has images.

    Args:
        predicted: (N,).
        truth: (N,).
        distortion_of: (N,), the id of each image's only distortion. An image whose entry is no id of `distortions`
            (it is clean, or has several) belongs to none.
        distortions: The ids.

    Returns:
        By distortion id, the figures by metric id; {} where no image belongs to any.
    """
    predicted, truth, distortion_of = np.asarray(predicted), np.asarray(truth), np.asarray(distortion_of)
    breakdown: Breakdown = {}
    for distortion in distortions:
        of_it = distortion_of == distortion
        if of_it.any():
            breakdown[distortion], _ = measure(SCORE_METRICS, predicted[of_it], truth[of_it])
    return breakdown
