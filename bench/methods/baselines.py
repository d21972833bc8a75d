"""Predictions that look at no image: what any method has to beat before its figures mean anything."""

from __future__ import annotations

import numpy as np

from exiqa.bench.cells.prediction_task import PredictionTask


def all_clean(images: int, distortions: int) -> np.ndarray:
    """ "No image has any distortion", which is right for most pairs of a single-distortion set.

    Returns:
        (N, D) float32 zeros, for N images and D distortions.
    """
    return np.zeros((images, distortions), dtype=np.float32)


def prior(train_strengths: np.ndarray, images: int) -> np.ndarray:
    """For every image, each distortion's mean strength over the training split.

    Of all constants this one has the least RMSE on the training split; on the test split it is beaten only by looking
    at the images.

    Args:
        train_strengths: (M, D) in [0, 1].
        images: N.

    Returns:
        (N, D) float32 in [0, 1].

    Raises:
        ValueError: The training split is empty.
    """
    if len(train_strengths) == 0:
        raise ValueError("the prior needs at least one training image")
    mean = np.asarray(train_strengths, dtype=np.float64).mean(axis=0, keepdims=True)
    return np.repeat(mean.astype(np.float32), images, axis=0)


def mean_score(train_scores: np.ndarray, images: int) -> np.ndarray:
    """For every image, the training split's mean score: its correlations are undefined, its RMSE is the spread.

    Args:
        train_scores: (M,), higher is better.
        images: N.

    Returns:
        (N,) float32, higher is better.

    Raises:
        ValueError: The training split is empty, or a score is missing (NaN).
    """
    if len(train_scores) == 0 or np.isnan(train_scores).any():
        raise ValueError("the mean score needs at least one training image and a score for each")
    return np.full(images, np.mean(train_scores, dtype=np.float64), dtype=np.float32)


def predict_all_clean(task: PredictionTask) -> np.ndarray:
    """`all_clean` for a cell: (T, D)."""
    return all_clean(len(task.test_rows), len(task.test.distortions))


def predict_prior(task: PredictionTask) -> np.ndarray:
    """`prior` for a cell: (T, D). Across data sets it still knows the test set's training split, not its images."""
    train, _, test = task.test_split.rows(task.test)
    return prior(task.test.strengths[train], len(test))


def predict_mean_score(task: PredictionTask) -> np.ndarray:
    """`mean_score` for a cell: (T,). Of the training split that a regressor of the cell is fitted to."""
    dataset, split = task.regressor_data
    return mean_score(dataset.scores[split.rows(dataset)[0]], len(task.test_rows))
