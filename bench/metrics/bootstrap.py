"""Intervals of a metric by bootstrap over references.

The images of one reference resemble each other, so images are no independent draws: a resample draws as many
references as there are, with replacement, and takes all images of each as often as it was drawn (the cluster
bootstrap). Every metric is worked out from how often each reference was drawn, for all resamples at once, and equals
the metric of `exiqa.bench.metrics.metric` on the resampled images; nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from exiqa.bench.metrics.logistic import fit_logistic
from exiqa.bench.metrics.metric import SCORE_METRICS, STRENGTH_METRICS, Levels, nearest_level

CONFIDENCE = 0.95
SAMPLES = 1000
"""Resamples of an interval, where nothing else is asked for."""

Resampled = Callable[[np.ndarray], np.ndarray]
"""From how often each of R references was drawn in S resamples, (S, R), to the metric in each, (S,); NaN where it is
not defined."""

# Numbers (8 bytes) held at once by the metrics that need every image's weight in every resample.
_CHUNK = 4_000_000


def bootstrap_interval(
    metric: str,
    predicted: np.ndarray,
    truth: np.ndarray,
    references: Sequence[str] | np.ndarray,
    levels: Levels | None,
    *,
    seed: int,
    samples: int = SAMPLES,
) -> tuple[float, float] | None:
    """The 95 % percentile interval of a metric over resampled references (see above).

    PLCC after the logistic keeps the curve that all images give, it is not fitted again to every resample.
    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 13; Davison & Hinkley, Bootstrap Methods
    and their Application (1997), section 3.8.

    Args:
        metric: An id of `exiqa.bench.metrics.metric.STRENGTH_METRICS` or of `SCORE_METRICS`.
        predicted: (N, D) strengths in [0, 1], or (N,) scores.
        truth: The same shape.
        references: (N,), the reference of each image.
        levels: The levels of the strengths; None for scores.
        seed: Of the draws: the same seed gives the same interval.
        samples: How many resamples are drawn.

    Returns:
        (low, high). None where the metric is not defined, where there are fewer than two references, and where the
        metric is not defined on some resample (all images of a distortion may be of one reference): never an interval
        over the rest.

    Raises:
        ValueError: An unknown metric, or shapes that do not fit.
    """
    if metric not in _STRENGTHS and metric not in _SCORES:
        raise ValueError(f"there is no bootstrap of a metric {metric!r}")
    predicted, truth = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    names, group = np.unique(np.asarray(references), return_inverse=True)
    if len(group) != len(predicted) or predicted.shape != truth.shape:
        raise ValueError(f"{len(group)} references do not fit arrays of shapes {predicted.shape} and {truth.shape}")
    if metric in _STRENGTHS:
        if levels is None:
            raise ValueError(f"{metric} needs the levels of the strengths")
        why, of_draws = STRENGTH_METRICS[metric].undefined(predicted, truth, levels), _STRENGTHS[metric]
    else:
        why, of_draws = SCORE_METRICS[metric].undefined(predicted, truth), _SCORES[metric]
    if why or len(names) < 2:
        return None
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=samples)
    values = of_draws(predicted, truth, group, levels)(draws.astype(np.float64))
    if np.isnan(values).any():
        return None
    low, high = np.quantile(values, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return float(low), float(high)


def _sums(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(R,): the sum of each reference's values; `values` (N,), `group` (N,) the number of each image's reference."""
    return np.bincount(group, weights=values)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Elementwise quotient, NaN where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)


def _ratio_of_sums(numerator: np.ndarray, denominator: np.ndarray, group: np.ndarray) -> Resampled:
    """For a metric that is Σ numerator / Σ denominator over the images, (N,) each."""
    above, below = _sums(numerator, group), _sums(denominator, group)
    return lambda draws: _ratio(draws @ above, draws @ below)


def _accuracy(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels) -> Resampled:
    hits = np.sum(nearest_level(predicted, levels) == nearest_level(truth, levels), axis=1)
    return _ratio_of_sums(hits, np.full(len(hits), truth.shape[1]), group)


def _active_accuracy(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels) -> Resampled:
    true_level = nearest_level(truth, levels)
    active = true_level > 0
    hits = np.sum((nearest_level(predicted, levels) == true_level) & active, axis=1)
    return _ratio_of_sums(hits, np.sum(active, axis=1), group)


def _f1(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels) -> Resampled:
    called, present = nearest_level(predicted, levels) > 0, nearest_level(truth, levels) > 0
    both = 2 * np.sum(called & present, axis=1)
    return _ratio_of_sums(both, np.sum(called, axis=1) + np.sum(present, axis=1), group)


def _top1(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels) -> Resampled:
    present = truth > 0
    single = present.sum(axis=1) == 1
    highest = predicted == predicted.max(axis=1, keepdims=True)
    votes = np.sum(highest & present, axis=1) / np.sum(highest, axis=1)
    return _ratio_of_sums(np.where(single, votes, 0.0), single, group)


def _rmse(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels | None) -> Resampled:
    squares = ((predicted - truth) ** 2).reshape(len(truth), -1)
    of_draws = _ratio_of_sums(squares.sum(axis=1), np.full(len(truth), squares.shape[1]), group)
    return lambda draws: np.sqrt(of_draws(draws))


def _mean_average_precision(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels) -> Resampled:
    def of_draws(draws: np.ndarray) -> np.ndarray:
        columns = range(truth.shape[1])
        return np.mean([_average_precision(predicted[:, d], truth[:, d] > 0, group, draws) for d in columns], axis=0)

    return of_draws


def _average_precision(predicted: np.ndarray, present: np.ndarray, group: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(S,): Σ (R_n − R_{n−1}) P_n over the distinct thresholds of one distortion, an image counted as often as drawn.

    `predicted`, `present`, `group`: (N,); `draws`: (S, R). NaN where no drawn image has the distortion.
    """
    # Recall changes only at thresholds that an image with the distortion reaches: the others add 0.
    thresholds = np.unique(-predicted[present])
    if not len(thresholds):
        return np.full(len(draws), np.nan)
    shape = (draws.shape[1], len(thresholds) + 1)
    place = np.ravel_multi_index((group, np.searchsorted(thresholds, -predicted)), shape)
    called, called_rightly = (
        draws @ np.cumsum(np.bincount(place[chosen], minlength=shape[0] * shape[1]).reshape(shape)[:, :-1], axis=1)
        for chosen in (np.ones_like(present), present)
    )  # (S, thresholds): images called, and rightly
    precision = np.divide(called_rightly, called, out=np.zeros_like(called_rightly), where=called > 0)
    gained = np.diff(called_rightly, axis=1, prepend=0)
    return _ratio(np.sum(gained * precision, axis=1), called_rightly[:, -1])


def _plcc(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels | None) -> Resampled:
    x, y = _standardised(predicted), _standardised(truth)
    moments = [_sums(values, group) for values in (np.ones_like(x), x, y, x * x, y * y, x * y)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        n, x_, y_, xx, yy, xy = (draws @ moment for moment in moments)
        return _correlation(xx / n - (x_ / n) ** 2, yy / n - (y_ / n) ** 2, xy / n - x_ * y_ / n**2)

    return of_draws


def _plcc_logistic(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels | None) -> Resampled:
    fitted = fit_logistic(predicted, truth)(predicted)
    # The fitted scores rise with the true ones, whatever the raw scores did: the sign is the raw correlation's.
    falling = np.sum(_standardised(predicted) * _standardised(truth)) < 0
    return _plcc(-fitted if falling else fitted, truth, group, levels)


def _srcc(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels | None) -> Resampled:
    ranked = [_rank_shares(values, group) for values in (predicted, truth)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        correlations = []
        for part in _chunks(draws, len(group)):
            weights = part[:, group]
            n = weights.sum(axis=1, keepdims=True)
            # Centred ranks: those of a resample have the mean (n + 1) / 2. Over n they are of the order of 1.
            x, y = ((part @ shares - n / 2) / n for shares in ranked)
            products = [np.einsum("sn,sn,sn->s", weights, a, b) / n[:, 0] for a, b in ((x, x), (y, y), (x, y))]
            correlations.append(_correlation(*products))
        return np.concatenate(correlations)

    return of_draws


def _rank_shares(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(R, N): by how much a drawn reference raises the mean rank of each image, of (N,) values.

    That is the number of its images below, and half the number of those that tie; the rank starts at 1/2.
    """
    distinct, place = np.unique(values, return_inverse=True)
    shape = (group.max() + 1, len(distinct))
    tied = np.bincount(np.ravel_multi_index((group, place), shape), minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(np.cumsum(tied, axis=1) - tied / 2)[:, place]


def _krcc(predicted: np.ndarray, truth: np.ndarray, group: np.ndarray, levels: Levels | None) -> Resampled:
    """Pairs of images, summed over pairs of their references, once: tau-b of a resample is three quadratic forms."""
    order = np.argsort(group, kind="stable")
    x, y = predicted[order], truth[order]
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    concordant, untied_x, untied_y = (np.zeros((len(starts), len(starts))) for _ in range(3))
    for number, rows in enumerate(np.split(np.arange(len(order)), starts[1:])):
        for part in np.array_split(rows, max(1, len(rows) * len(order) // _CHUNK)):
            sign_x, sign_y = np.sign(x[part, None] - x), np.sign(y[part, None] - y)
            for total, pairs in ((concordant, sign_x * sign_y), (untied_x, sign_x != 0), (untied_y, sign_y != 0)):
                total[number] += np.add.reduceat(pairs.sum(axis=0, dtype=np.float64), starts)

    def of_draws(draws: np.ndarray) -> np.ndarray:
        c, u, v = (np.einsum("sr,sr->s", draws @ pairs, draws) for pairs in (concordant, untied_x, untied_y))
        return _ratio(c, np.sqrt(u * v))

    return of_draws


def _standardised(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def _correlation(variance_x: np.ndarray, variance_y: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(S,) from (S,) moments of values of the order of 1; NaN where a variance is no more than rounding noise."""
    defined = (variance_x > 1e-12) & (variance_y > 1e-12)
    return _ratio(np.where(defined, covariance, np.nan), np.sqrt(np.where(defined, variance_x * variance_y, 1.0)))


def _chunks(draws: np.ndarray, images: int) -> Iterator[np.ndarray]:
    """The resamples in parts of which each needs no more than `_CHUNK` weights."""
    yield from np.array_split(draws, max(1, len(draws) * images // _CHUNK))


_STRENGTHS: Mapping[str, Callable[..., Resampled]] = {
    "accuracy": _accuracy,
    "rmse": _rmse,
    "active_accuracy": _active_accuracy,
    "map": _mean_average_precision,
    "f1": _f1,
    "top1": _top1,
}
"""By the metric's id: (predicted (N, D), truth (N, D), reference numbers (N,), levels) to the resampled metric."""

_SCORES: Mapping[str, Callable[..., Resampled]] = {
    "plcc": _plcc,
    "plcc_logistic": _plcc_logistic,
    "srcc": _srcc,
    "krcc": _krcc,
    "score_rmse": _rmse,
}
"""By the metric's id: (predicted (N,), truth (N,), reference numbers (N,), None) to the resampled metric."""
