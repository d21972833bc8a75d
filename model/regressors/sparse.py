"""A linear score of a few features: forward selection, their number and the penalty chosen on the validation side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from exiqa.model.config import LARGEST_SEED
from exiqa.model.regressors.kind import FitData, Predict, RegressorKind, choose
from exiqa.model.regressors.ridge import build, linear, ridge_path

if TYPE_CHECKING:
    from torch import nn

PENALTIES = np.array([1e-1, 1e-2, 1e-3, 1e-4])
"""As `exiqa.model.regressors.ridge.PENALTIES`."""


class SparseConfig(BaseModel):
    """Settings of the sparse regressor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attributes: int = Field(default=10, ge=1, le=65536)
    """At most so many features have a weight."""
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    """Of the folds that the settings are chosen on where there is no validation side."""


def forward_selection(x: np.ndarray, y: np.ndarray, number: int) -> list[int]:
    """Features in the order in which each lowers the squared error of least squares the most.

    Args:
        x: (N, F) float64.
        y: (N,) float64.
        number: At most so many.

    Returns:
        Column numbers; fewer where no other column adds anything.
    """
    left = x - x.mean(axis=0)
    target = y - y.mean()
    first = np.einsum("nf,nf->f", left, left)
    chosen: list[int] = []
    while len(chosen) < min(number, x.shape[1], len(y) - 1):
        norms = np.einsum("nf,nf->f", left, left)
        # What is left of a column that the chosen ones span is rounding.
        usable = norms > 1e-9 * np.maximum(first, 1e-300)
        gains = np.where(usable, (target @ left) ** 2 / np.where(usable, norms, 1), -1)
        gains[chosen] = -1
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        direction = left[:, best] / np.sqrt(norms[best])
        left = left - np.outer(direction, direction @ left)
    return chosen


def fit(data: FitData, config: SparseConfig) -> nn.Linear:
    """Fit on the training rows; at least one feature, even where none says anything of the score."""

    def settings(x: np.ndarray, y: np.ndarray) -> list[tuple[list[int], np.ndarray, float]]:
        order = forward_selection(x, y, config.attributes) or [0]
        fits = []
        for count in range(1, config.attributes + 1):
            columns = order[:count]
            weights, intercepts = ridge_path(x[:, columns], y, PENALTIES)
            fits += [(columns, w, float(b)) for w, b in zip(weights, intercepts, strict=True)]
        return fits

    def fit_path(x: np.ndarray, y: np.ndarray) -> list[Predict]:
        return [partial(_predict, *setting) for setting in settings(x, y)]

    best = choose(fit_path, data, config.seed)
    columns, chosen, intercept = settings(data.x.astype(np.float64), data.y.astype(np.float64))[best]
    weights = np.zeros(data.x.shape[1])
    weights[columns] = chosen
    return linear(weights, intercept)


def _predict(columns: list[int], weights: np.ndarray, intercept: float, x: np.ndarray) -> np.ndarray:
    return x[:, columns] @ weights + intercept


KIND = RegressorKind("sparse", "linear in at most a few attributes", config=SparseConfig, build=build, fit=fit)
