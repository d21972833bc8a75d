"""What an `Assessor` asks of the model behind it, be it under torch or an exported graph. Needs neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.model.regressors.score_origin import ScoreOrigin

if TYPE_CHECKING:
    from exiqa.model.artifacts.artifact import Artifact


@dataclass(frozen=True)
class Readings:
    """What a model reads in N photos."""

    attributes: np.ndarray
    """(N, A) float32 in [0, 1]: P(a|I), the mean over a photo's views; columns as in `bank.attributes`."""
    strengths: np.ndarray
    """(N, D) float32 in [0, 1]: P(d|I), 0 is absent, 1 the strongest; columns as in `bank.distortions`."""
    scores: np.ndarray | None
    """(N,) float32, higher is better, not clipped; None where the model has no regressor."""


class Engine(Protocol):
    """A tuned model that reads photos."""

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
    def artifact(self) -> Artifact:
        """The same model under torch, which explanations need."""

    def read(self, images: Sequence[np.ndarray], batch_size: int = 64) -> Readings:
        """Photos, (H, W, 3) uint8 sRGB each, of any size; `batch_size`: about so many views at a time."""
