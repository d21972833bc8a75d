"""An artifact under torch, as an `Assessor` asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch

from exiqa.bank.schema import Bank
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.prediction import Prediction
from exiqa.model.regressors.reach import Reach
from exiqa.model.regressors.score_origin import ScoreOrigin


class TorchEngine:
    """An artifact and the regressor that scores with it. It computes where the artifact's model lies."""

    def __init__(self, artifact: Artifact, regressor: str | None = None) -> None:
        """An artifact that is in memory.

        Args:
            artifact: Taken over, not copied.
            regressor: Which one scores; None takes the default one, or none where there is none.

        Raises:
            UserError: `regressor` is not in the artifact, or is None and there are several.
        """
        self.artifact = artifact
        self._regressor = artifact.regressor(regressor) if regressor or artifact.regressors else None
        self.regressor_name = regressor or artifact.default_regressor
        self.name = f"torch {torch.__version__}"

    @property
    def bank(self) -> Bank:
        return self.artifact.bank

    @property
    def preprocessing(self) -> str:
        return self.artifact.preprocessing

    @property
    def origin(self) -> ScoreOrigin | None:
        return self._regressor.origin if self._regressor else None

    @property
    def reach(self) -> Reach | None:
        return self._regressor.reach if self._regressor else None

    @cached_property
    def weights(self) -> np.ndarray:
        return self.artifact.model.head.weights().detach().cpu().numpy()

    def predict(self, images: Sequence[np.ndarray], batch_size: int = 64) -> Prediction:
        """One photo at a time: the last bits of a matrix product depend on what else is in a batch, and the same photo
        gets the same score whatever it is assessed with."""
        alone = [self._predict_one(image, batch_size) for image in images]
        if not alone:
            return self.artifact.predict([])
        return Prediction(
            np.concatenate([one.attributes for one in alone]),
            np.concatenate([one.strengths for one in alone]),
            np.concatenate([one.scores for one in alone if one.scores is not None]) if self._regressor else None,
        )

    def _predict_one(self, image: np.ndarray, batch_size: int) -> Prediction:
        prediction = self.artifact.predict([image], batch_size=batch_size)
        scores = self._regressor.predict(prediction.attributes) if self._regressor else None
        return replace(prediction, scores=scores)
