"""The metrics of a test split, distortion by distortion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from exiqa.bench.metrics.metric import Metric, measure
from exiqa.bench.metrics.predictions import Predictions

Breakdown = dict[str, dict[str, float | None]]
"""Distortion id -> metric id -> figure; None where the metric is not defined on that distortion's share."""


def strengths_per_distortion(
    metrics: Mapping[str, Metric], predictions: Predictions, distortions: Sequence[str]
) -> Breakdown:
    """Metrics of strengths for each distortion.

    A distortion's figure is the metric over its own column of all N images (mAP is then its average precision). What
    compares an image's distortions (`Metric.among_distortions`) is taken over the images that have this distortion
    and nothing else: top-1 is then its recall. The mean over the distortions of accuracy and of mAP is that of the
    whole split.

    Args:
        metrics: By id.
        predictions: (N, D) strengths.
        distortions: D ids, in the columns' order.

    Returns:
        By distortion id, the figures by metric id.
    """
    among = {name: metric for name, metric in metrics.items() if metric.among_distortions}
    alone = {name: metric for name, metric in metrics.items() if not metric.among_distortions}
    single = np.sum(predictions.present, axis=1) == 1
    breakdown: Breakdown = {}
    for number, distortion in enumerate(distortions):
        of_column, _ = measure(alone, predictions.distortion(number))
        of_images, _ = measure(among, predictions.images(single & predictions.present[:, number]))
        breakdown[distortion] = of_column | of_images
    return breakdown


def scores_per_distortion(
    metrics: Mapping[str, Metric],
    predictions: Predictions,
    distortion_of: Sequence[str] | np.ndarray,
    distortions: Sequence[str],
) -> Breakdown:
    """Metrics of scores over the images of one distortion, for each distortion that has images.

    Args:
        metrics: By id.
        predictions: (N,) scores.
        distortion_of: (N,), the id of each image's only distortion. An image whose entry is no id of `distortions`
            (it is clean, or has several) belongs to none.
        distortions: The ids.

    Returns:
        By distortion id, the figures by metric id; {} where no image belongs to any.
    """
    distortion_of = np.asarray(distortion_of)
    breakdown: Breakdown = {}
    for distortion in distortions:
        of_it = distortion_of == distortion
        if of_it.any():
            breakdown[distortion], _ = measure(metrics, predictions.images(of_it))
    return breakdown
