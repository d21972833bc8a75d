"""Mean over the D distortions of the average precision of finding the images that have it.

Images are ranked by predicted strength, an image counts where its true strength is above 0, and equal predictions
share a rank (AP = Σ (R_n − R_{n−1}) P_n over distinct thresholds, without interpolation, as in scikit-learn).
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import STRENGTHS, UNSEEN, Metric, Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import quotient


def _undefined(predictions: Predictions) -> str:
    absent = int(np.sum(~predictions.present.any(axis=0)))
    return f"{absent} of {predictions.present.shape[1]} distortions occur in no image" if absent else ""


def _value(predictions: Predictions) -> float:
    from sklearn.metrics import average_precision_score

    pairs = zip(predictions.present.T, predictions.predicted.T, strict=True)
    return float(np.mean([average_precision_score(present, predicted) for present, predicted in pairs]))


def _resampled(predictions: Predictions, group: np.ndarray) -> Resampled:
    def of_draws(draws: np.ndarray) -> np.ndarray:
        pairs = zip(predictions.predicted.T, predictions.present.T, strict=True)
        return np.mean([_average_precision(predicted, present, group, draws) for predicted, present in pairs], axis=0)

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
    return quotient(np.sum(gained * precision, axis=1), called_rightly[:, -1])


METRIC = Metric(
    label="mAP",
    direction="higher",
    meaning="mean over the distortions of the average precision of finding their images",
    protocols=(*STRENGTHS, *UNSEEN),
    value=_value,
    undefined=_undefined,
    resampled=_resampled,
)
"""In [0, 1]; a constant scores the share of images that have the distortion."""
