"""What a method is given to predict from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.bench.protocol import PROTOCOLS, Protocol
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split
from exiqa.model.tuning_modes import TUNING_MODES

if TYPE_CHECKING:
    from exiqa.bench.cells.record import Cell


@dataclass(frozen=True)
class PredictionTask:
    """A cell with all that its method may use.

    A method's function takes one and gives, for the images of `test_rows` in that order, what the cell's protocol
    predicts: (T, D) float32 strengths in [0, 1] (columns as in `test.distortions`), (T,) float32 scores, higher is
    better, (T, A) float32 P(a|I) in [0, 1] (columns as in `bank.attributes`), or (T, R) float32 answers to the ratings
    (columns as in `test.ratings`). It must not
    look at the truth of those images.
    """

    cell: Cell
    train: Dataset
    """The same object as `test` where the cell has one data set."""
    train_split: Split
    test: Dataset
    test_split: Split
    bank: Bank | None
    """The cell's, cut to its K: of the data set that `Protocol.bank` names."""
    train_bank: Bank | None
    """What is tuned on, cut to the cell's K."""
    settings: dict[str, Any]
    """The method's hyperparameters, as the suite states them."""
    work: Path
    """A folder for what cells share: tuned models, features."""

    @property
    def protocol(self) -> Protocol:
        """The cell's."""
        return PROTOCOLS[self.cell.protocol]

    @property
    def test_rows(self) -> np.ndarray:
        """(T,) row numbers in `test` of the images to predict."""
        return self.test_split.rows(self.test)[2]

    @property
    def is_tuned_here(self) -> bool:
        """Whether the cell tunes a tower: a frozen one has nothing to learn, and a set without distortions nothing to
        learn from."""
        mode = self.cell.tuning
        frozen = mode is not None and not TUNING_MODES[mode].trains_weights
        return self.cell.model is None and bool(self.train.distortions) and not frozen

    @property
    def regressor_data(self) -> tuple[Dataset, Split]:
        """The data set, and its split, whose training side a regressor of scores is fitted to."""
        if self.protocol.regressor == "train":
            return self.train, self.train_split
        return self.test, self.test_split
