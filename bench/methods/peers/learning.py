"""How peers learn scores: on which images, and how their one or two settings are chosen, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from exiqa.bench.cells.task import Task
from exiqa.bench.metrics.metric import srcc
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset

FOLDS = 5
"""Of the cross-validation by reference where a split has no validation side."""

Setting = TypeVar("Setting")
Predictor = Callable[[Sequence[Setting], np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""C settings, (N, …) features, (N,) scores, (M, …) features -> (C, M) scores: fitted to the first, for the second."""


@dataclass(frozen=True)
class Lesson:
    """The images that a peer may learn from."""

    dataset: Dataset
    rows: np.ndarray
    """(N,) row numbers: the training side, then the validation side."""
    training: np.ndarray
    """(N,) bool: which of them train; the others only choose settings."""

    @property
    def scores(self) -> np.ndarray:
        """(N,) float32, higher is better."""
        return self.dataset.scores[self.rows]


def lesson_of(task: Task) -> Lesson:
    """What a cell's peer learns from: the test set's own training and validation sides (Tables III and V), or for
    zero_shot those of the other data set.

    Raises UserError where an image there has no score.
    """
    dataset, split = task.regressor_data
    train, validation, _ = split.rows(dataset)
    rows = np.concatenate([train, validation])
    if np.isnan(dataset.scores[rows]).any():
        raise UserError(f"{dataset.name} has images without a quality score, so nothing can be fitted to it")
    return Lesson(dataset, rows, np.arange(len(rows)) < len(train))


def learn(
    lesson: Lesson, features: np.ndarray, settings: Sequence[Setting], predictor: Predictor[Setting], new: np.ndarray
) -> np.ndarray:
    """(M,) float32 scores of the images with features `new`, (M, …), after learning from a lesson.

    `features`: (N, …) of the lesson's rows. Of `settings` the one with the highest Spearman correlation on the
    validation side is taken, the first of equals (so the smoothest comes first); without such a side, on average
    over `FOLDS` folds of the training references. Then it is fitted to the training side alone, as ours is.
    """
    scores = lesson.scores
    quality = np.zeros(len(settings))
    for fit, check in _folds(lesson):
        predicted = predictor(settings, features[fit], scores[fit], features[check])
        agreement = np.array([srcc(row, scores[check]) for row in predicted])
        quality += np.where(np.isnan(agreement), -1, agreement)  # a constant ranks nothing
    best = settings[int(np.argmax(quality))]
    fit = lesson.training
    return predictor([best], features[fit], scores[fit], new)[0].astype(np.float32)


def _folds(lesson: Lesson) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of positions in the lesson: fit on the first, choose settings by the second."""
    train, validation = np.flatnonzero(lesson.training), np.flatnonzero(~lesson.training)
    if len(validation):
        return [(train, validation)]
    from sklearn.model_selection import GroupKFold

    references = lesson.dataset.table["reference"].to_numpy()[lesson.rows[train]]
    folds = min(FOLDS, len(set(references)))
    if folds < 2:
        raise UserError(
            f"{lesson.dataset.name} has one training reference and no validation side, so settings cannot be chosen; "
            "use the split 70/10/20 or more references"
        )
    return [(train[fit], train[check]) for fit, check in GroupKFold(folds).split(train, groups=references)]
