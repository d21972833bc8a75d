"""What an `Assessor` asks of the model behind it, be it under torch or an exported graph. Needs neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.model.prediction import Prediction
from exiqa.model.regressors.reach import Reach
from exiqa.model.regressors.score_origin import ScoreOrigin

if TYPE_CHECKING:
    from exiqa.model.artifacts.artifact import Artifact


class Engine(Protocol):
    """A tuned model, and what computes its predictions."""

    @property
    def name(self) -> str:
        """What computes, with its version: "torch 2.6.0"."""

    @property
    def bank(self) -> Bank: ...

    @property
    def preprocessing(self) -> str:
        """A name of `exiqa.model.preprocess.PREPROCESSINGS`."""

    @property
    def weights(self) -> np.ndarray:
        """(A, D) float32: w[a, d] of Eq. 7; every column sums to 1."""

    @property
    def regressor_name(self) -> str | None:
        """Which of the artifact's regressors scores; None where it has none."""

    @property
    def origin(self) -> ScoreOrigin | None:
        """What that regressor learned from; None where that is not recorded."""

    @property
    def reach(self) -> Reach | None:
        """What that regressor has seen, and its interval; None where it does not say."""

    @property
    def artifact(self) -> Artifact:
        """The same model under torch, which explanations need."""

    def predict(self, images: Sequence[np.ndarray], batch_size: int = 64) -> Prediction:
        """What the model predicts of photos.

        Args:
            images: N photos, (H, W, 3) uint8 sRGB each, of any size.
            batch_size: About so many views at a time.
        """
