"""The regressor (Eq. 9): from all P(a|I) of a photo to its quality score, whatever its features and its kind."""

from __future__ import annotations

import numpy as np
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.model.regressors.feature_layers import build_features
from exiqa.model.regressors.features import FEATURES
from exiqa.model.regressors.kind import KINDS, FitData
from exiqa.model.regressors.reach import Reach
from exiqa.model.regressors.score_origin import ScoreOrigin


class Regressor(nn.Module):
    """Features of the attributes, standardised, and what a kind of regressor makes of them."""

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        attributes: int,
        config: BaseModel,
        kind: str = "mlp",
        features: str = "probability",
        weights: np.ndarray | None = None,
    ) -> None:
        """A regressor that is not fitted; random weights come from torch's global generator.

        Args:
            attributes: A.
            config: The kind's settings.
            kind: Of `exiqa.model.regressors.kind.KINDS`.
            features: Of `exiqa.model.regressors.features.FEATURES`.
            weights: (A, D) of Eq. 7, which only the features "strengths" need.

        Raises:
            UserError: There is no such kind, or there are no such features.
        """
        super().__init__()
        self.config = config
        self.kind = kind
        self.feature_kind = features
        self.origin: ScoreOrigin | None = None
        self.reach: Reach | None = None
        """What it has seen, and its interval; None where too few photos were left to say."""
        self.features = build_features(features, attributes, weights)
        count = attributes if weights is None or features != "strengths" else weights.shape[1]
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("std", torch.ones(count))
        if features == "strengths":
            self.register_buffer("typical_attributes", torch.zeros(attributes))
        self.layers = KINDS[kind].build(count, config)

    @property
    def typical(self) -> Tensor:
        """(A,) P(a|I) of a typical training photo: the one whose features are the training rows' means."""
        if self.feature_kind == "strengths":
            return self.get_buffer("typical_attributes")
        return torch.sigmoid(self.mean) if self.feature_kind == "logit" else self.mean

    @property
    def by_attribute(self) -> bool:
        """Whether feature n is a function of attribute n alone."""
        return FEATURES[self.feature_kind].by_attribute

    def of_features(self, features: Tensor) -> Tensor:
        """(N, F) features, not standardised -> (N,) scores."""
        return self.layers((features - self.mean) / self.std)[:, 0]

    def forward(self, attributes: Tensor) -> Tensor:
        """Scores, differentiable.

        Args:
            attributes: (N, A) P(a|I) in [0, 1].

        Returns:
            (N,), higher is better; nominally in [0, 1], not clipped.
        """
        return self.of_features(self.features(attributes))

    def predict(self, attributes: np.ndarray) -> np.ndarray:
        """Scores without dropout.

        Args:
            attributes: (N, A) P(a|I) in [0, 1].

        Returns:
            (N,) float32, higher is better, not clipped.
        """
        self.eval()
        with torch.no_grad():
            return self(torch.from_numpy(np.ascontiguousarray(attributes, dtype=np.float32))).numpy()


def fit_regressor(
    attributes: np.ndarray,
    scores: np.ndarray,
    validation_attributes: np.ndarray | None = None,
    validation_scores: np.ndarray | None = None,
    config: BaseModel | None = None,
    kind: str = "mlp",
    features: str = "probability",
    weights: np.ndarray | None = None,
) -> Regressor:
    """Fit a regressor by squared error, what it leaves open chosen on the validation rows.

    Features are standardised by the training rows' mean and deviation, since P(a|I) of a rare distortion moves
    little. Seeded; runs on the CPU.

    Args:
        attributes: (N, A) P(a|I) in [0, 1].
        scores: (N,) in [0, 1] nominally, higher is better.
        validation_attributes: (M, A), likewise.
        validation_scores: (M,), likewise.
        config: The kind's settings; None takes its defaults.
        kind: Of `exiqa.model.regressors.kind.KINDS`; mlp is the paper's.
        features: Of `exiqa.model.regressors.features.FEATURES`; probability is the paper's.
        weights: (A, D) of Eq. 7, which only the features "strengths" need.

    Raises:
        UserError: A score is missing (NaN), there are fewer than two training rows, or there is no such kind or
            feature.
    """
    if config is None:
        config = KINDS[kind].config()
    x, y = _checked(attributes, scores, "training")
    validation = None
    if validation_attributes is not None and validation_scores is not None and len(validation_scores):
        validation = _checked(validation_attributes, validation_scores, "validation")
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(config.seed)  # type: ignore[attr-defined]
        regressor = Regressor(x.shape[1], config, kind, features, weights)
        seen = regressor.features(x)
        regressor.mean.copy_(seen.mean(dim=0))
        # A feature that hardly moves carries rounding noise, which must not be blown up.
        regressor.std.copy_(seen.std(dim=0).clamp_min(1e-3))
        if features == "strengths":
            regressor.typical.copy_(x.mean(dim=0))
        data = FitData(
            _standardised(regressor, x), y.numpy(),
            None if validation is None else (_standardised(regressor, validation[0]), validation[1].numpy()),
        )  # fmt: skip
        torch.manual_seed(config.seed)  # type: ignore[attr-defined]
        with torch.enable_grad():
            regressor.layers = KINDS[kind].fit(data, config)
    return regressor.eval()


def _standardised(regressor: Regressor, attributes: Tensor) -> np.ndarray:
    return ((regressor.features(attributes) - regressor.mean) / regressor.std).numpy()


def _checked(attributes: np.ndarray, scores: np.ndarray, side: str) -> tuple[Tensor, Tensor]:
    if len(scores) < 2 and side == "training":
        raise UserError(f"the regressor needs at least two training images, and has {len(scores)}")
    missing = int(np.isnan(scores).sum())
    if missing:
        raise UserError(f"{missing} of the {len(scores)} {side} images have no score; leave them out of the regressor")
    return (
        torch.from_numpy(np.ascontiguousarray(attributes, dtype=np.float32)),
        torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32)),
    )
