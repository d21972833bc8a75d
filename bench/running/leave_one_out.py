"""The strengths of distortions by a tower that was trained without them: one after the other, each left out once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.without import without_distortion


def predictions_of(task: PredictionTask) -> np.ndarray:
    """What a cell's method answers (`PredictionTask`), each distortion's column after training without it."""
    predict = METHODS[task.cell.method].predict
    columns = [predict(without(task, d))[..., column] for column, d in enumerate(task.test.distortions)]
    return np.stack(columns, axis=-1)


def without(task: PredictionTask, distortion: str) -> PredictionTask:
    """The task with a training side that has neither the images of a distortion nor its attributes; tested as before.

    Attributes that it shares with other distortions stay: these do have them.

    Raises:
        UserError: The data set has no other distortion.
    """
    if len(task.train.distortions) < 2:
        raise UserError(f"{task.train.name} has one distortion, and none is left to train on without it")
    bank = task.train_bank
    seen = () if bank is None else tuple(d for d in bank.distortions if d != distortion)
    return replace(
        task,
        train=without_distortion(task.train, distortion),
        train_bank=None if bank is None else bank.select(seen),
    )
