"""Curves of a score over the number of attributes that are changed: pure functions of its attributes and a scorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Scorer = Callable[[np.ndarray], np.ndarray]
"""(N, A) P(a|I) in [0, 1] -> (N,) scores."""


def replaced(attributes: np.ndarray, by: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """The attributes with the first `count` of each image's order taken from elsewhere.

    Args:
        attributes: (N, A).
        by: (N, A), or (A,) for all images.
        order: (N, A) column numbers, each image's own.
        count: How many, at most A.

    Returns:
        (N, A), a copy.
    """
    changed = attributes.copy()
    rows = np.arange(len(attributes))[:, None]
    chosen = order[:, :count]
    changed[rows, chosen] = np.broadcast_to(by, attributes.shape)[rows, chosen]
    return changed


def deletion_curve(
    score: Scorer, attributes: np.ndarray, typical: np.ndarray, order: np.ndarray, counts: Sequence[int]
) -> np.ndarray:
    """How much of what sets a photo's score apart is left when attributes are made those of a typical photo.

    Source: V. Petsiuk, A. Das, K. Saenko, RISE, BMVC 2018 (deletion and insertion), here over attributes.

    Args:
        score: What scores.
        attributes: (N, A) of the photos.
        typical: (A,) of a typical photo.
        order: (N, A) column numbers, what is deleted first first.
        counts: How many are deleted.

    Returns:
        (len(counts),): the mean over photos of |score − the typical photo's|, as a share of that with none deleted.
    """
    base = float(score(typical[None])[0])
    whole = np.abs(score(attributes) - base).mean()
    left = [np.abs(score(replaced(attributes, typical, order, n)) - base).mean() for n in counts]
    return np.array(left) / max(whole, 1e-12)


def insertion_curve(
    score: Scorer, attributes: np.ndarray, typical: np.ndarray, order: np.ndarray, counts: Sequence[int]
) -> np.ndarray:
    """How near the score of a typical photo comes to a photo's own when it is given the photo's attributes.

    Args:
        score: What scores.
        attributes: (N, A) of the photos.
        typical: (A,) of a typical photo.
        order: (N, A) column numbers, what is inserted first first.
        counts: How many are inserted.

    Returns:
        (len(counts),): 1 − the mean of |score − the photo's own|, as a share of that with none inserted.
    """
    own = score(attributes)
    base = np.broadcast_to(typical, attributes.shape)
    whole = np.abs(score(base.copy()) - own).mean()
    missing = [np.abs(score(replaced(base, attributes, order, n)) - own).mean() for n in counts]
    return 1 - np.array(missing) / max(whole, 1e-12)


def most_wrong(attributes: np.ndarray, truth: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """(N, A) column numbers: each image's attributes, those furthest from their truth first, unknown ones last.

    Args:
        attributes: (N, A) in [0, 1].
        truth: (N, A) in [0, 1].
        linked: (A,) bool: whose truth is known.
    """
    wrong = np.where(linked, np.abs(attributes - truth), -1.0)
    return np.argsort(-wrong, axis=1, kind="stable")


def intervention_curve(
    score: Scorer,
    attributes: np.ndarray,
    truth: np.ndarray,
    linked: np.ndarray,
    true_scores: np.ndarray,
    counts: Sequence[int],
) -> np.ndarray:
    """SRCC with the true scores when each image's most wrong attributes are set to their truth.

    Source: P. W. Koh et al., Concept bottleneck models, ICML 2020 (test-time intervention).

    Args:
        score: What scores.
        attributes: (N, A) in [0, 1].
        truth: (N, A) in [0, 1].
        linked: (A,) bool: whose truth is known; others are never set.
        true_scores: (N,), higher is better.
        counts: How many are set, at most as many as are linked.

    Returns:
        (len(counts),) Spearman correlations; NaN where a side is constant.
    """
    from exiqa.bench.metrics.scores.srcc import METRIC as SRCC

    order = most_wrong(attributes, truth, linked)
    most = int(linked.sum())
    return np.array(
        [SRCC(score(replaced(attributes, truth, order, min(count, most))), true_scores) for count in counts]
    )
