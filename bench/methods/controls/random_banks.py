"""Banks of random words, drawn by seed: what the number of attributes alone is worth, and how much that varies.

All are read out of one tower, so that they cost one matrix product together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exiqa.bank.curated.controls import random_phrases
from exiqa.bank.schema import Bank
from exiqa.bench.methods.controls.control import control
from exiqa.bench.methods.method import SCORES, STRENGTHS, UNSEEN
from exiqa.bench.methods.prediction_task import PredictionTask

DRAWS = 20
"""How many banks are drawn, unless the setting `draws` says otherwise; `first` is the number of the first, 0."""


def predict(task: PredictionTask) -> np.ndarray:
    """(B, T) float32 scores or (B, T, D) strengths by each of B banks of random words, as large as the cell's.

    Raises:
        UserError: As `exiqa.bench.methods.exiqa.predict`, or the backbone's text tower cannot encode the words.
    """
    import torch

    from exiqa.bench.methods import ours
    from exiqa.model.inference import predict_strengths

    like = task.train_bank if task.protocol.predicts == "scores" else task.bank
    assert like is not None
    artifact = ours.tuned(task)
    first = int(task.settings.get("first", 0))
    numbers = range(first, first + int(task.settings.get("draws", DRAWS)))
    models = [artifact.model.with_bank(random_bank(like, number)) for number in numbers]
    directions = torch.cat([model.directions() for model in models])
    ends = np.cumsum([len(model.bank.attributes) for model in models])[:-1]
    asked = np.split(ours.attributes(task, artifact, task.test, task.test_rows, directions), ends, axis=1)
    if task.protocol.predicts == "scores":
        dataset, rows = ours.seen_by_regressor(task)
        seen = np.split(ours.attributes(task, artifact, dataset, rows, directions), ends, axis=1)
        return np.stack(
            [
                ours.regressor_on(task, of_one, model).predict(new)
                for model, of_one, new in zip(models, seen, asked, strict=True)
            ]
        )
    # A model answers in its bank's order, which all of these share; the data set has its own.
    columns = [models[0].bank.distortions.index(distortion) for distortion in task.test.distortions]
    return np.stack([predict_strengths(model, new)[:, columns] for model, new in zip(models, asked, strict=True)])


def random_bank(like: Bank, number: int) -> Bank:
    """The `number`-th bank of random words with as many attributes of each distortion as another has."""
    counts = {distortion: len(like.ranked[distortion]) for distortion in like.distortions}
    return like.with_attributes(random_phrases(counts, seed=2 + number))  # the banks that ship have seed 1


METHOD = replace(
    control(
        "Random words, many banks",
        "ours with phrases that have nothing to do with distortions: the median over banks that are drawn by seed",
        predict=predict,
        protocols=(*STRENGTHS, *UNSEEN, *SCORES),
    ),
    draws=True,
    version=3,
)
