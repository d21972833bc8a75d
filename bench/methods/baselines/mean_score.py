"""The mean score."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.prediction_task import PredictionTask


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


def predict(task: PredictionTask) -> np.ndarray:
    """`mean_score` for a cell: (T,). Of the training split that a regressor of the cell is fitted to."""
    dataset, split = task.regressor_data
    return mean_score(dataset.scores[split.rows(dataset)[0]], len(task.test_rows))


METHOD = Method(
    label="Mean score",
    meaning="predicts the training split's mean score for every image",
    protocols=SCORES,
    predict=predict,
    kind="trivial",
)
