"""What a method is given to predict from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exiqa.bank.schema import Bank
from exiqa.bench.cells.record import Cell
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split


@dataclass(frozen=True)
class Task:
    """A cell with all that its method may use.

    A method's function takes one and gives, for the images of `test_split.rows(test)[2]` in that order, (T, D)
    float32 strengths in [0, 1] (columns as in `test.distortions`) for the protocol "identification", else (T,)
    float32 scores, higher is better. It must not look at the truth of those images.
    """

    cell: Cell
    train: Dataset
    """The same object as `test` where the cell has one data set."""
    train_split: Split
    test: Dataset
    test_split: Split
    bank: Bank | None
    """The cell's, cut to its K: of the test set for identification, of the training set else."""
    train_bank: Bank | None
    """What is tuned on, cut to the cell's K."""
    settings: dict[str, Any]
    """The method's hyperparameters, as the suite states them."""
    work: Path
    """A folder for what cells share: tuned models, features."""
