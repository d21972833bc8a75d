"""The benchmark's metrics: pure functions of arrays, and one registry that says what each one is.

Shapes: N images, D distortions. Strengths are in [0, 1] (0: the image does not have the distortion), scores are
linear and higher is better. A metric that is not defined for its input (a NaN among the predictions, a constant
where a correlation is asked for) is NaN, never a number over what is left; the registry's `undefined` says why in
words. Correlations keep their sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Literal

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score

from exiqa.bench.metrics.logistic import PARAMETERS, fit_logistic

Levels = Sequence[Sequence[float]]
"""Per distortion, the grid of true strengths besides 0, ascending: (.2, .4, .6, .8, 1)."""

# Strengths come as float32, where .7 is a hair below .7: what lies on a boundary is decided on six decimals.
_DECIMALS = 6


def nearest_level(strengths: np.ndarray, levels: Levels) -> np.ndarray:
    """(N, D) int: the number of the interval that each strength lies in; 0 is the clean one.

    The intervals meet halfway between neighbouring levels, are closed below and open above, and the last one
    includes 1: for levels .2 .4 .6 .8 1 they are [0, .1), [.1, .3), …, [.9, 1] (the paper prints the last one
    open, which would make a prediction of exactly 1 wrong). Boundaries are compared on six decimals.

    Args:
        strengths: (N, D) in [0, 1].
        levels: Per distortion, its grid of strengths besides 0, ascending in (0, 1].

    Returns:
        (N, D) integers.

    Raises:
        ValueError: `strengths` or a grid is none of that.
    """
    strengths = np.asarray(strengths, dtype=np.float64)
    if strengths.ndim != 2 or strengths.shape[1] != len(levels):
        raise ValueError(f"strengths of shape {strengths.shape} do not fit the levels of {len(levels)} distortions")
    if not np.all((strengths >= 0) & (strengths <= 1)):
        raise ValueError("strengths must lie in [0, 1]")
    numbers = np.empty(strengths.shape, dtype=np.int64)
    for column, grid in enumerate(levels):
        centers = np.array([0.0, *grid], dtype=np.float64)
        if len(centers) < 2 or centers[-1] > 1 or np.any(np.diff(centers) <= 0):
            raise ValueError(f"the levels {tuple(grid)} do not ascend in (0, 1]")
        boundaries = np.round((centers[:-1] + centers[1:]) / 2, _DECIMALS)
        numbers[:, column] = np.searchsorted(boundaries, np.round(strengths[:, column], _DECIMALS), side="right")
    return numbers


def why_strengths_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why no metric can be taken of these strengths, (N, D) each; "" where it can."""
    predicted, truth = _pair(predicted, truth)
    if predicted.size == 0:
        return "there are no images"
    return _count_not_finite("predicted strengths", predicted) or _count_not_finite("true strengths", truth)


def accuracy(predicted: np.ndarray, truth: np.ndarray, levels: Levels) -> float:
    """Accuracy (Eq. 10): share of (image, distortion) pairs predicted inside the interval of the true level.

    Most pairs are clean in single-distortion sets, so predicting 0 everywhere scores high: read it beside
    `active_accuracy` and the all-clean row.

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1], snapped to its nearest level (see `nearest_level`).
        levels: Per distortion, its grid of strengths besides 0.

    Returns:
        In [0, 1], higher is better.
    """
    if why_strengths_undefined(predicted, truth):
        return nan
    return float(np.mean(nearest_level(predicted, levels) == nearest_level(truth, levels)))


def rmse(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Root mean squared error (Eq. 11) over all entries of two arrays of one shape.

    Returns:
        In [0, ∞), lower is better; NaN where there is no entry, or one is not finite.
    """
    predicted, truth = _pair(predicted, truth)
    if predicted.size == 0 or not (np.isfinite(predicted).all() and np.isfinite(truth).all()):
        return nan
    return float(np.sqrt(np.mean((predicted - truth) ** 2)))


def why_active_undefined(predicted: np.ndarray, truth: np.ndarray, levels: Levels) -> str:
    """Why the active pairs cannot be scored: beyond `why_strengths_undefined`, because there are none."""
    why = why_strengths_undefined(predicted, truth)
    return why or ("" if nearest_level(truth, levels).any() else "no image has any distortion")


def active_accuracy(predicted: np.ndarray, truth: np.ndarray, levels: Levels) -> float:
    """Accuracy (Eq. 10) over the active pairs only: those whose true strength, snapped to its level, is not 0.

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1].
        levels: Per distortion, its grid of strengths besides 0.

    Returns:
        In [0, 1], higher is better; all-clean scores 0. NaN where no pair is active.
    """
    if why_active_undefined(predicted, truth, levels):
        return nan
    true_level = nearest_level(truth, levels)
    active = true_level > 0
    return float(np.mean(nearest_level(predicted, levels)[active] == true_level[active]))


def why_precision_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why the mean average precision is not defined: beyond `why_strengths_undefined`, a distortion never occurs."""
    absent = int(np.sum(~np.any(np.asarray(truth) > 0, axis=0)))
    return why_strengths_undefined(predicted, truth) or (
        f"{absent} of {np.shape(truth)[1]} distortions occur in no image" if absent else ""
    )


def mean_average_precision(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean over the D distortions of the average precision of finding the images that have it.

    Images are ranked by predicted strength, an image counts where its true strength is above 0, and equal
    predictions share a rank (AP = Σ (R_n − R_{n−1}) P_n over distinct thresholds, without interpolation, as in
    scikit-learn).

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1].

    Returns:
        In [0, 1], higher is better; a constant scores the share of images that have the distortion. NaN where a
        distortion occurs in no image.
    """
    if why_precision_undefined(predicted, truth):
        return nan
    present = np.asarray(truth) > 0
    return float(np.mean([average_precision_score(present[:, d], predicted[:, d]) for d in range(present.shape[1])]))


def why_f1_undefined(predicted: np.ndarray, truth: np.ndarray, levels: Levels) -> str:
    """Why F1 is not defined: beyond `why_strengths_undefined`, nothing is distorted and nothing is called so."""
    why = why_strengths_undefined(predicted, truth)
    if not why and not nearest_level(predicted, levels).any() and not nearest_level(truth, levels).any():
        why = "no image has a distortion and none was predicted"
    return why


def f1(predicted: np.ndarray, truth: np.ndarray, levels: Levels) -> float:
    """F1 of "the image has this distortion", pooled over all (image, distortion) pairs (micro average).

    A pair is called distorted where its strength lies outside the clean interval (see `nearest_level`).

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1].
        levels: Per distortion, its grid of strengths besides 0.

    Returns:
        In [0, 1], higher is better; all-clean scores 0.
    """
    if why_f1_undefined(predicted, truth, levels):
        return nan
    called, present = nearest_level(predicted, levels) > 0, nearest_level(truth, levels) > 0
    return float(2 * np.sum(called & present) / (np.sum(called) + np.sum(present)))


def why_top1_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why the top-1 type cannot be scored: beyond `why_strengths_undefined`, no image has exactly one distortion."""
    single = np.any(np.sum(np.asarray(truth) > 0, axis=1) == 1)
    return why_strengths_undefined(predicted, truth) or ("" if single else "no image has exactly one distortion")


def top1(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Share of the images with exactly one distortion whose strongest predicted distortion is that one.

    Where several distortions share the highest prediction, the image counts by what a blind pick among them would
    earn, so a constant scores 1/D.

    Args:
        predicted: (N, D) in [0, 1].
        truth: (N, D) in [0, 1].

    Returns:
        In [0, 1], higher is better.
    """
    if why_top1_undefined(predicted, truth):
        return nan
    present = np.asarray(truth) > 0
    single = present.sum(axis=1) == 1
    predicted = np.asarray(predicted, dtype=np.float64)[single]
    highest = predicted == predicted.max(axis=1, keepdims=True)
    return float(np.mean(np.sum(highest & present[single], axis=1) / np.sum(highest, axis=1)))


def why_scores_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why no metric can be taken of these scores, (N,) each; "" where it can."""
    predicted, truth = _pair(predicted, truth)
    if predicted.size == 0:
        return "there are no images"
    return _count_not_finite("predicted scores", predicted) or _count_not_finite("true scores", truth)


def why_correlation_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why a correlation of two score vectors, (N,) each, is not defined; "" where it is."""
    predicted, truth = _pair(predicted, truth)
    why = why_scores_undefined(predicted, truth)
    if not why and len(predicted) < 2:
        why = "there is only one image"
    if not why and _is_constant(predicted):
        why = "every predicted score is the same, and a constant has no correlation with anything"
    if not why and _is_constant(truth):
        why = "every true score is the same, and nothing correlates with a constant"
    return why


def plcc(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Pearson's linear correlation of predicted and true scores, (N,) each, raw: no curve is fitted first.

    Returns:
        In [-1, 1], higher is better, sign kept. NaN for a constant or a NaN.
    """
    if why_correlation_undefined(predicted, truth):
        return nan
    return float(stats.pearsonr(*_pair(predicted, truth)).statistic)


def why_logistic_undefined(predicted: np.ndarray, truth: np.ndarray) -> str:
    """Why PLCC after the logistic is not defined: beyond `why_correlation_undefined`, what the fit gives is no use."""
    why = _why_no_logistic(predicted, truth)
    if not why and _is_constant(fit_logistic(predicted, truth)(predicted)):
        why = "the fitted logistic is flat, and a constant has no correlation with anything"
    return why


def _why_no_logistic(predicted: np.ndarray, truth: np.ndarray) -> str:
    why = why_correlation_undefined(predicted, truth)
    if not why and len(predicted) <= PARAMETERS:
        why = f"a logistic of {PARAMETERS} parameters passes through {len(predicted)} images whatever they are"
    return why


def plcc_logistic(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Pearson's correlation of (N,) true scores with predicted ones mapped through the five-parameter logistic (VQEG).

    The logistic is fitted to these very scores (`exiqa.bench.metrics.logistic.fit_logistic`), so this is never below
    the absolute raw PLCC. The fit turns falling predictions round; the result has the raw PLCC's sign.

    Returns:
        In [-1, 1], higher is better. NaN for a constant, a NaN or at most five images.
    """
    if _why_no_logistic(predicted, truth):
        return nan
    predicted, truth = _pair(predicted, truth)
    return float(np.copysign(plcc(fit_logistic(predicted, truth)(predicted), truth), plcc(predicted, truth)))


def srcc(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Spearman's rank correlation of predicted and true scores, (N,) each; ties take their mean rank.

    Returns:
        In [-1, 1], higher is better, sign kept. NaN for a constant or a NaN.
    """
    if why_correlation_undefined(predicted, truth):
        return nan
    return float(stats.spearmanr(*_pair(predicted, truth)).statistic)


def krcc(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Kendall's rank correlation tau-b (ties corrected) of predicted and true scores, (N,) each.

    Returns:
        In [-1, 1], higher is better, sign kept. NaN for a constant or a NaN.
    """
    if why_correlation_undefined(predicted, truth):
        return nan
    return float(stats.kendalltau(*_pair(predicted, truth)).statistic)


@dataclass(frozen=True)
class Metric:
    """What a table needs to know about a metric."""

    label: str
    direction: Literal["higher", "lower"]
    """Which values are better."""
    decimals: int
    """How many are printed."""
    percent: bool
    """Printed times 100, as the paper prints accuracy."""
    meaning: str
    """One clause for a footnote."""
    compute: Callable[..., float]
    """Strength metrics: (predicted (N, D), truth (N, D), levels); score metrics: (predicted (N,), truth (N,))."""
    undefined: Callable[..., str]
    """Same arguments: why the metric is not defined, "" where it is."""


STRENGTH_METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(
        "Accuracy", "higher", 2, True, "share of (image, distortion) pairs in the right interval (Eq. 10), in percent",
        accuracy, lambda predicted, truth, levels: why_strengths_undefined(predicted, truth),
    ),
    "rmse": Metric(
        "RMSE", "lower", 4, False, "root mean squared error of the strengths (Eq. 11)",
        lambda predicted, truth, levels: rmse(predicted, truth),
        lambda predicted, truth, levels: why_strengths_undefined(predicted, truth),
    ),
    "active_accuracy": Metric(
        "Active acc.", "higher", 2, True, "Accuracy over the pairs whose distortion is present, in percent",
        active_accuracy, why_active_undefined,
    ),
    "map": Metric(
        "mAP", "higher", 3, False, "mean over the distortions of the average precision of finding their images",
        lambda predicted, truth, levels: mean_average_precision(predicted, truth),
        lambda predicted, truth, levels: why_precision_undefined(predicted, truth),
    ),
    "f1": Metric(
        "F1", "higher", 3, False, "F1 of “the image has this distortion”, pooled over all pairs",
        f1, why_f1_undefined,
    ),
    "top1": Metric(
        "Top-1", "higher", 2, True,
        "share of single-distortion images whose strongest predicted distortion is the true one, in percent",
        lambda predicted, truth, levels: top1(predicted, truth),
        lambda predicted, truth, levels: why_top1_undefined(predicted, truth),
    ),
}  # fmt: skip

SCORE_METRICS: Mapping[str, Metric] = {
    "plcc": Metric(
        "PLCC", "higher", 3, False, "Pearson's correlation, raw: no curve fitted", plcc, why_correlation_undefined,
    ),
    "plcc_logistic": Metric(
        "PLCC (logistic)", "higher", 3, False,
        "Pearson's correlation after a 5-parameter logistic (VQEG) fitted to the test images, sign of the raw one",
        plcc_logistic, why_logistic_undefined,
    ),
    "srcc": Metric("SRCC", "higher", 3, False, "Spearman's rank correlation", srcc, why_correlation_undefined),
    "krcc": Metric("KRCC", "higher", 3, False, "Kendall's tau-b", krcc, why_correlation_undefined),
    "score_rmse": Metric(
        "RMSE", "lower", 4, False, "root mean squared error of the scores on [0, 1]", rmse, why_scores_undefined,
    ),
}  # fmt: skip

METRICS: Mapping[str, Metric] = {**STRENGTH_METRICS, **SCORE_METRICS}
"""All of them, by id."""


def measure(metrics: Mapping[str, Metric], *arrays: Any) -> tuple[dict[str, float | None], dict[str, str]]:
    """All metrics of a registry at once.

    Args:
        metrics: By id.
        *arrays: What each metric is computed from (`Metric.compute`).

    Returns:
        The values by id, None where a metric is undefined, and the reasons of those, by id.
    """
    undefined = {name: why for name, metric in metrics.items() if (why := metric.undefined(*arrays))}
    values: dict[str, float | None] = {
        name: None if name in undefined else metric.compute(*arrays) for name, metric in metrics.items()
    }
    return values, undefined


def _pair(predicted: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    predicted, truth = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if predicted.shape != truth.shape:
        raise ValueError(f"predictions of shape {predicted.shape} do not fit a truth of shape {truth.shape}")
    return predicted, truth


def _count_not_finite(what: str, values: np.ndarray) -> str:
    count = int(np.sum(~np.isfinite(values)))
    return f"{count} of {values.size} {what} are NaN or infinite" if count else ""


def _is_constant(values: np.ndarray) -> bool:
    # Below this spread a correlation is rounding noise; scipy warns at the same ratio.
    return bool(np.ptp(values) <= 1e-13 * np.max(np.abs(values)))
