"""Ridge regression: linear in the standardised features, the penalty chosen on the validation side.

Its settings are asked for by suites, which wait for no torch.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from exiqa.model.config import LARGEST_SEED
from exiqa.model.regressors.kind import FitData, Predict, RegressorKind, choose

if TYPE_CHECKING:
    from torch import nn

PENALTIES = np.logspace(1, -5, 25)
"""On the squared norm of the weights, beside the mean squared error; the strongest first."""


class RidgeConfig(BaseModel):
    """Ridge regression's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    """Of the folds that the penalty is chosen on where there is no validation side."""


def build(features: int, config: BaseModel) -> nn.Linear:
    """(N, F) standardised -> (N, 1)."""
    import torch

    return torch.nn.Linear(features, 1)


def ridge_path(x: np.ndarray, y: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and intercepts that minimise mean((y − x·w − b)²) + penalty·|w|² for each penalty.

    Args:
        x: (N, F) float64.
        y: (N,) float64.
        penalties: (P,), positive.

    Returns:
        (P, F) weights and (P,) intercepts.
    """
    mean_x, mean_y = x.mean(axis=0), y.mean()
    values, vectors = np.linalg.eigh((x - mean_x).T @ (x - mean_x) / len(x))
    projected = vectors.T @ ((x - mean_x).T @ (y - mean_y) / len(x))
    # Rounding may leave a zero eigenvalue slightly below 0.
    weights = (projected / (np.maximum(values, 0) + penalties[:, None])) @ vectors.T
    return weights, mean_y - weights @ mean_x


def linear(weights: np.ndarray, intercept: float) -> nn.Linear:
    """The module of (F,) weights and an intercept."""
    import torch

    layer = torch.nn.Linear(len(weights), 1)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights)[None])
        layer.bias.fill_(float(intercept))
    return layer


def fit(data: FitData, config: RidgeConfig) -> nn.Linear:
    """Fit on the training rows, the penalty chosen by `exiqa.model.regressors.kind.choose`."""

    def fit_path(x: np.ndarray, y: np.ndarray) -> list[Predict]:
        weights, intercepts = ridge_path(x, y, PENALTIES)
        return [partial(_predict, w, b) for w, b in zip(weights, intercepts, strict=True)]

    best = choose(fit_path, data, config.seed)
    weights, intercepts = ridge_path(data.x.astype(np.float64), data.y.astype(np.float64), PENALTIES[[best]])
    return linear(weights[0], intercepts[0])


def _predict(weights: np.ndarray, intercept: float, x: np.ndarray) -> np.ndarray:
    return x @ weights + intercept


KIND = RegressorKind("ridge", "ridge regression", config=RidgeConfig, build=build, fit=fit)
