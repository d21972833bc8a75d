"""The regressor (Eq. 9): from all P(a|I) of a photo to its quality score."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.score_origin import ScoreOrigin
from exiqa.model.schedule import learning_rate


class Regressor(nn.Module):
    """Two hidden layers with SELU and dropout, on standardised features."""

    mean: Tensor
    std: Tensor

    def __init__(self, features: int, config: RegressorConfig) -> None:
        """A regressor with random weights from torch's global generator.

        Args:
            features: A, the number of attributes.
            config: Its width and dropout.
        """
        super().__init__()
        self.config = config
        self.origin: ScoreOrigin | None = None
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))
        self.layers = nn.Sequential(
            nn.Linear(features, config.hidden),
            nn.SELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, config.hidden),
            nn.SELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Scores, differentiable.

        Args:
            features: (N, A) P(a|I) in [0, 1].

        Returns:
            (N,), higher is better; nominally in [0, 1], not clipped.
        """
        return self.layers((features - self.mean) / self.std)[:, 0]

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Scores without dropout.

        Args:
            features: (N, A) P(a|I) in [0, 1].

        Returns:
            (N,) float32, higher is better, not clipped.
        """
        self.eval()
        with torch.no_grad():
            return self(torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32))).numpy()


def fit_regressor(
    features: np.ndarray,
    scores: np.ndarray,
    validation_features: np.ndarray | None = None,
    validation_scores: np.ndarray | None = None,
    config: RegressorConfig | None = None,
) -> Regressor:
    """Train on mean squared error (Eq. 9); choose the epoch with the least validation error, the last without.

    Features are standardised by the training rows' mean and deviation, since P(a|I) of a rare distortion moves
    little; the output starts at the training rows' mean score. Seeded; runs on the CPU.

    Args:
        features: (N, A) P(a|I) in [0, 1].
        scores: (N,) in [0, 1] nominally, higher is better.
        validation_features: (M, A), likewise.
        validation_scores: (M,), likewise.
        config: None takes the defaults.

    Raises:
        UserError: A score is missing (NaN), or there are fewer than two training rows.
    """
    config = config or RegressorConfig()
    x, y = _checked(features, scores, "training")
    validation = None
    if validation_features is not None and validation_scores is not None and len(validation_scores):
        validation = _checked(validation_features, validation_scores, "validation")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        regressor = Regressor(x.shape[1], config)
        _initialise(regressor, x, y)
        _train(regressor, x, y, validation, config)
    return regressor.eval()


def _initialise(regressor: Regressor, x: Tensor, y: Tensor) -> None:
    regressor.mean.copy_(x.mean(dim=0))
    # A feature that hardly moves carries rounding noise, which must not be blown up.
    regressor.std.copy_(x.std(dim=0).clamp_min(1e-3))
    for layer in regressor.layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))  # SELU's own (Klambauer et al. 2017)
            nn.init.zeros_(layer.bias)
    last: nn.Linear = regressor.layers[-1]  # type: ignore[assignment]
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, float(y.mean()))


def _train(
    regressor: Regressor, x: Tensor, y: Tensor, validation: tuple[Tensor, Tensor] | None, config: RegressorConfig
) -> None:
    optimiser = torch.optim.AdamW(regressor.parameters(), weight_decay=config.weight_decay)
    per_epoch = -(-len(x) // config.batch_size)
    steps, step = config.epochs * per_epoch, 0
    best, chosen = math.inf, None
    for _ in range(config.epochs):
        regressor.train()
        for rows in torch.randperm(len(x)).split(config.batch_size):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(step, steps=steps, warmup=0, peak=config.learning_rate)
            optimiser.zero_grad()
            nn.functional.mse_loss(regressor(x[rows]), y[rows]).backward()
            optimiser.step()
            step += 1
        if validation is not None:
            regressor.eval()
            with torch.no_grad():
                error = float(nn.functional.mse_loss(regressor(validation[0]), validation[1]))
            if error < best:
                best, chosen = error, {name: tensor.clone() for name, tensor in regressor.state_dict().items()}
    if chosen is not None:
        regressor.load_state_dict(chosen)


def _checked(features: np.ndarray, scores: np.ndarray, side: str) -> tuple[Tensor, Tensor]:
    if len(scores) < 2 and side == "training":
        raise UserError(f"the regressor needs at least two training images, and has {len(scores)}")
    missing = int(np.isnan(scores).sum())
    if missing:
        raise UserError(f"{missing} of the {len(scores)} {side} images have no score; leave them out of the regressor")
    return (
        torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32)),
        torch.from_numpy(np.ascontiguousarray(scores, dtype=np.float32)),
    )
