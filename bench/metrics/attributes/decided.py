"""Attributes whose truth is decided in some images each way, and how well scores tell those images apart."""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.metric import Resampled
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.ratio import quotient

TRUE = 0.5
"""An attribute is true of an image from this truth on; between the two, neither."""
FALSE = 0.1
"""And false up to this one."""


def decided(predictions: Predictions) -> np.ndarray:
    """(A,) bool: the attributes that are linked, true of some image and false of another."""
    truth = predictions.truth
    return np.asarray(predictions.columns.linked & (truth >= TRUE).any(axis=0) & (truth <= FALSE).any(axis=0))


def why_none_decided(predictions: Predictions) -> str:
    """Why there is no such attribute; "" where there is one."""
    if not predictions.columns.linked.any():
        return NOT_LINKED
    return "" if decided(predictions).any() else "no attribute is plainly true of one image and false of another"


NOT_LINKED = "no attribute of the bank is linked to an effect, so that nothing is known of its truth"


def auroc(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How well each of S scores tells the images in which something is true from those in which it is false.

    The chance that an image of the first kind has the higher score than one of the second, ties counting half (the
    area under the ROC curve, as the Mann-Whitney U statistic).

    Args:
        scores: (N, S).
        truth: (N,) in [0, 1]: true from `TRUE` on, false up to `FALSE`; images in between are left out.

    Returns:
        (S,) in [0, 1]; NaN where there are no images of one kind.
    """
    from scipy.stats import rankdata

    chosen = (truth >= TRUE) | (truth <= FALSE)
    positive = truth[chosen] >= TRUE
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return np.full(scores.shape[1], np.nan)
    ranks = rankdata(scores[chosen], axis=0)[positive].sum(axis=0)
    return np.asarray((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def auroc_of_each(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(A,): `auroc` of each score against its own truth; both (N, A)."""
    return np.array([auroc(scores[:, at : at + 1], truth[:, at])[0] for at in range(truth.shape[1])])


def resampled_auroc(scores: np.ndarray, truth: np.ndarray, group: np.ndarray) -> Resampled:
    """`auroc` of (N,) scores against (N,) truth in resamples of the references.

    Pairs of a true and a false image, summed over pairs of their references, once: the statistic of a resample is a
    quadratic form of how often each was drawn.
    """
    true, false = truth >= TRUE, truth <= FALSE
    count = group.max() + 1
    distinct, place = np.unique(scores, return_inverse=True)
    below = np.zeros((count, len(distinct)))  # of each reference's false images, those with a lower score or the same
    np.add.at(below, (group[false], place[false]), 1)
    below = np.cumsum(below, axis=1) - below / 2
    won = np.zeros((count, count))
    np.add.at(won, group[true], below[:, place[true]].T)
    of_kind = [np.bincount(group[kind], minlength=count) for kind in (true, false)]

    def of_draws(draws: np.ndarray) -> np.ndarray:
        positives, negatives = (draws @ number for number in of_kind)
        return quotient(np.einsum("sr,sr->s", draws @ won, draws), positives * negatives)

    return of_draws


def auroc_matrix(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(S, A): `auroc` of each of (N, S) scores against each of (N, A) truths."""
    # Attributes that name the same effect have the same truth.
    different, which = np.unique(truth, axis=1, return_inverse=True)
    return np.stack([auroc(scores, column) for column in different.T], axis=1)[:, which.ravel()]
