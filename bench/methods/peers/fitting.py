"""How peers are fitted to scores: on which images, and how their one or two settings are chosen, alike for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.bench.metrics.scores.srcc import METRIC as SRCC
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset

FOLDS = 5
"""Of the cross-validation by reference where a split has no validation side."""

Setting = TypeVar("Setting")
Predictor = Callable[[Sequence[Setting], np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""C settings, (N, …) features, (N,) scores, (M, …) features -> (C, M) scores: fitted to the first, for the second."""


@dataclass(frozen=True)
class TrainingData:
    """The images that a peer may be fitted to."""

    dataset: Dataset
    rows: np.ndarray
    """(N,) row numbers: the training side, then the validation side."""
    is_training: np.ndarray
    """(N,) bool: which of them train; the others only choose settings."""

    @property
    def scores(self) -> np.ndarray:
        """(N,) float32, higher is better."""
        return self.dataset.scores[self.rows]


def training_data(task: PredictionTask) -> TrainingData:
    """The training and validation sides that a cell's peer is fitted to: those of `task.regressor_data`.

    Raises:
        UserError: An image there has no score.
    """
    dataset, split = task.regressor_data
    train, validation, _ = split.rows(dataset)
    rows = np.concatenate([train, validation])
    if np.isnan(dataset.scores[rows]).any():
        raise UserError(f"{dataset.name} has images without a quality score, so nothing can be fitted to it")
    return TrainingData(dataset, rows, np.arange(len(rows)) < len(train))


def fit_and_predict(
    data: TrainingData,
    features: np.ndarray,
    settings: Sequence[Setting],
    predictor: Predictor[Setting],
    new: np.ndarray,
) -> np.ndarray:
    """Scores of new images by the predictor with the best of some settings.

    The best setting has the highest Spearman correlation on the validation side, the first of equals (so list the
    smoothest first); without such a side, on average over `FOLDS` folds of the training references. The predictor is
    then fitted to the training side alone, as ours is.

    Args:
        data: What is fitted to.
        features: (N, …), of the rows of `data`.
        settings: The candidates.
        predictor: Fits and predicts.
        new: (M, …) features of the images to predict.

    Returns:
        (M,) float32, higher is better.

    Raises:
        UserError: No setting can be chosen: one training reference and no validation side.
    """
    scores = data.scores
    quality = np.zeros(len(settings))
    for fit, check in _folds(data):
        predicted = predictor(settings, features[fit], scores[fit], features[check])
        agreement = np.array([SRCC(row, scores[check]) for row in predicted])
        quality += np.where(np.isnan(agreement), -1, agreement)  # a constant ranks nothing
    best = settings[int(np.argmax(quality))]
    fit = data.is_training
    return predictor([best], features[fit], scores[fit], new)[0].astype(np.float32)


def _folds(data: TrainingData) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of positions in `data.rows`: fit on the first, choose settings by the second."""
    train, validation = np.flatnonzero(data.is_training), np.flatnonzero(~data.is_training)
    if len(validation):
        return [(train, validation)]
    from sklearn.model_selection import GroupKFold

    references = data.dataset.table["reference"].to_numpy()[data.rows[train]]
    folds = min(FOLDS, len(set(references)))
    if folds < 2:
        raise UserError(
            f"{data.dataset.name} has one training reference and no validation side, so settings cannot be chosen; "
            "use the split 70/10/20 or more references"
        )
    return [(train[fit], train[check]) for fit, check in GroupKFold(folds).split(train, groups=references)]
