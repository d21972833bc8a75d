"""Intervals of a metric by bootstrap over references.

The images of one reference resemble each other, so images are no independent draws: a resample draws as many
references as there are, with replacement, and takes all images of each as often as it was drawn (the cluster
bootstrap). Every metric is worked out from how often each reference was drawn, for all resamples at once
(`exiqa.bench.metrics.metric.Metric.resampled`), and equals its value on the resampled images.

Percentile intervals of few clusters are too narrow: of two references a "95 %" interval covers the truth half of the
time, of five 81 %. They are therefore expanded to what Student's t asks for, and there is none below `MIN_REFERENCES`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exiqa.bench.metrics.metric import Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions

CONFIDENCE = 0.95
MIN_REFERENCES = 10
"""With fewer test references there is no interval."""
INTERVAL_VERSION = 2
"""Raised whenever intervals change: records that have another version's are rescored."""
SAMPLES = 1000
"""Resamples of an interval, where nothing else is asked for."""


def bootstrap_interval(
    metric: Metric,
    predictions: Predictions,
    references: Sequence[str] | np.ndarray,
    *,
    seed: int,
    samples: int = SAMPLES,
) -> tuple[float, float] | None:
    """The 95 % expanded percentile interval of a metric over resampled references (see above).

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 13; Davison & Hinkley, Bootstrap Methods
    and their Application (1997), section 3.8; the expansion is that of T. Hesterberg, What teachers should know about
    the bootstrap, The American Statistician 69 (2015), section 5.

    Args:
        metric: Of the strengths, or of the scores.
        predictions: Of N images.
        references: (N,), the reference of each image.
        seed: Of the draws: the same seed gives the same interval.
        samples: How many resamples are drawn.

    Returns:
        (low, high). None where the metric is not defined, where there are fewer than `MIN_REFERENCES`, and where the
        metric is not defined on some resample (all images of a distortion may be of one reference): never an interval
        over the rest.

    Raises:
        ValueError: There are not as many references as images.
    """
    names, group = np.unique(np.asarray(references), return_inverse=True)
    if len(group) != len(predictions):
        raise ValueError(f"{len(group)} references do not fit the predictions of {len(predictions)} images")
    if metric.why_undefined(predictions) or len(names) < MIN_REFERENCES:
        return None
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=samples)
    of_draws = metric.resampled(predictions, group) if metric.resampled else _one_by_one(metric, predictions, group)
    values = of_draws(draws.astype(np.float64))
    if np.isnan(values).any():
        return None
    tail = expanded_tail(len(names))
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)


def expanded_tail(count: int) -> float:
    """The share of resamples that lies beyond either end of an interval over `count` references, two or more.

    Φ(−√(n/(n − 1)) t), t the quantile of Student's t with n − 1 degrees of freedom at .975: resamples spread by
    (n − 1)/n too little, and a normal distribution's tails are too short. .0086 of ten references, .025 of many.
    """
    from scipy.special import ndtr, stdtrit  # what only asks for the version of intervals waits for no scipy

    t = stdtrit(count - 1, (1 + CONFIDENCE) / 2)
    return float(ndtr(-np.sqrt(count / (count - 1)) * t))


def without_interval(predictions: Predictions, group: np.ndarray) -> Resampled:
    """`Metric.resampled` of a metric that has no interval: images drawn twice would move its value by themselves."""
    return lambda draws: np.full(len(draws), np.nan)


def _one_by_one(metric: Metric, predictions: Predictions, group: np.ndarray) -> Resampled:
    """The metric of each resample's own images, for a metric that does not say how it is resampled."""

    def of_draws(draws: np.ndarray) -> np.ndarray:
        # Few references give few different resamples: each is taken once.
        different, which = np.unique(draws.astype(np.int64), axis=0, return_inverse=True)
        times = different[:, group]  # how often each image was drawn
        values = [metric.of(predictions.images(np.repeat(np.arange(len(group)), row))) for row in times]
        return np.array(values)[which.ravel()]

    return of_draws
