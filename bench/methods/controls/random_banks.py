"""Another bank of random words for each split: what the number of attributes alone is worth."""

from __future__ import annotations

import numpy as np

from exiqa.bank.curated.controls import random_phrases
from exiqa.bank.schema import Bank
from exiqa.bench.methods.controls.control import control
from exiqa.bench.methods.method import SCORES
from exiqa.bench.methods.prediction_task import PredictionTask

FIRST = "first"
"""The setting that says which bank the split of seed 0 gets; 0 by default."""


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores by the attributes of a bank of random words, as large as the cell's.

    Raises:
        UserError: As `exiqa.bench.methods.exiqa.predict`, or the backbone's text tower cannot encode the words.
    """
    from exiqa.bench.methods import ours

    assert task.train_bank is not None
    bank = random_bank(task.train_bank, int(task.settings.get(FIRST, 0)) + task.cell.seed)
    return ours.score_with(task, ours.tuned(task).with_bank(bank))


def random_bank(like: Bank, number: int) -> Bank:
    """The `number`-th bank of random words with as many attributes of each distortion as another has."""
    counts = {distortion: len(like.ranked[distortion]) for distortion in like.distortions}
    return like.with_attributes(random_phrases(counts, seed=2 + number))  # the banks that ship have seed 1


METHOD = control(
    "Random words, a bank a split",
    "ours with phrases that have nothing to do with distortions, drawn anew for each split",
    predict=predict,
    protocols=SCORES,
)
