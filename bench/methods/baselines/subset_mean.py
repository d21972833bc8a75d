"""The mean score of each part of a data set: what telling its parts apart is worth by itself."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError


def subset_means(subsets: np.ndarray, scores: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The mean training score of each image's subset; of a subset without training images that of all.

    Args:
        subsets: (M,) of the training images.
        scores: (M,), higher is better.
        asked: (N,) subsets of the images to predict.

    Returns:
        (N,) float32, higher is better.
    """
    means = {name: float(scores[subsets == name].mean(dtype=np.float64)) for name in np.unique(subsets)}
    overall = float(scores.mean(dtype=np.float64))
    return np.array([means.get(name, overall) for name in asked], np.float32)


def predict(task: PredictionTask) -> np.ndarray:
    """`subset_means` for a cell: (T,). Of the training split that a regressor of the cell is fitted to.

    Raises:
        UserError: The data set has no subsets.
    """
    dataset, split = task.regressor_data
    if dataset.subsets is None or task.test.subsets is None:
        raise UserError(f"{task.test.name} has no subsets, so there is no mean score of each")
    train = split.rows(dataset)[0]
    return subset_means(dataset.subsets[train], dataset.scores[train], task.test.subsets[task.test_rows])


METHOD = Method(
    label="Subset mean",
    meaning="predicts, for every image, the mean training score of the part of the data set that it is in",
    protocols=SCORES,
    predict=predict,
    kind="trivial",
    of_subsets=True,
)
