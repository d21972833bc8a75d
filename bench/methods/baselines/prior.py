"""Each distortion's mean strength."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.method import STRENGTHS, Method
from exiqa.bench.methods.prediction_task import PredictionTask


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


def predict(task: PredictionTask) -> np.ndarray:
    """`prior` for a cell: (T, D). Across data sets it still knows the test set's training split, not its images."""
    train, _, test = task.test_split.rows(task.test)
    return prior(task.test.strengths[train], len(test))


METHOD = Method(
    label="Prior",
    meaning="predicts each distortion's mean strength in the training split for every image",
    protocols=STRENGTHS,
    predict=predict,
    kind="trivial",
)
