"""A sum of curves, one a feature, none of which rises: more of a fault never raises the score.

A shipped or generated attribute names a fault, so the direction of harm is the same for all: the more of it, the
worse. Each curve is piecewise linear between quantiles of the training rows and level outside them.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from exiqa.model.config import LARGEST_SEED
from exiqa.model.regressors.kind import FitData, Predict, RegressorKind, choose

PENALTIES = np.logspace(-1, -5, 9)
"""Of the elastic net on what each piece takes from the score; the strongest first."""
L1_SHARE = 0.1
"""Of the penalty; the rest is on the squares."""
SWEEPS = 2000


class AdditiveConfig(BaseModel):
    """Settings of the additive regressor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pieces: int = Field(default=4, ge=1, le=64)
    """Linear pieces of each curve; their ends are quantiles."""
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)
    """Of the folds that the penalty is chosen on where there is no validation side."""


class FallingCurves(nn.Module):
    """top − Σ over features and pieces of drop · (how far the feature has gone through the piece, 0 to 1)."""

    start: Tensor
    span: Tensor

    def __init__(self, features: int, pieces: int) -> None:
        """Level curves, until they are fitted or loaded.

        Args:
            features: F.
            pieces: P of each curve.
        """
        super().__init__()
        self.register_buffer("start", torch.zeros(features, pieces))
        self.register_buffer("span", torch.ones(features, pieces))
        self.drop = nn.Parameter(torch.zeros(features, pieces))
        """(F, P), none below 0."""
        self.top = nn.Parameter(torch.zeros(1))
        """The score where every feature is at the low end of its curve."""

    def curves(self, x: Tensor) -> Tensor:
        """What each feature takes from the score.

        Args:
            x: (N, F), standardised.

        Returns:
            (N, F), at least 0, never falling as the feature grows.
        """
        return (((x[:, :, None] - self.start) / self.span).clamp(0, 1) * self.drop).sum(dim=2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, F) standardised -> (N, 1)."""
        return self.top - self.curves(x).sum(dim=1, keepdim=True)


def build(features: int, config: AdditiveConfig) -> FallingCurves:
    return FallingCurves(features, config.pieces)


def knots(x: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the pieces of each curve start, and how long they are.

    Args:
        x: (N, F) float64.
        pieces: P.

    Returns:
        (F, P) and (F, P) float64; a piece without length, where rows are tied, is 1 long and starts at the largest
        value, so that no row enters it.
    """
    ends = np.quantile(x, np.linspace(0, 1, pieces + 1), axis=0).T
    start, span = ends[:, :-1].copy(), np.diff(ends, axis=1)
    tied = span < 1e-6
    start[tied] = np.broadcast_to(x.max(axis=0)[:, None], start.shape)[tied]
    return start, np.where(tied, 1, span)


def falling_path(x: np.ndarray, y: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Curves that fit the scores, for each of `PENALTIES`.

    Args:
        x: (N, F) float64.
        y: (N,) float64.
        pieces: P of each curve.

    Returns:
        Start and span as `knots` gives them, the drops (S, F·P), at least 0, and the tops (S,).
    """
    from sklearn.linear_model import enet_path

    start, span = knots(x, pieces)
    gone = _gone(x, start, span)
    mean_gone, mean_y = gone.mean(axis=0), y.mean()
    centred = np.asfortranarray(gone - mean_gone)
    # The score falls by what is gone through: y − mean = −gone · drop, with drop at least 0.
    _, drops, _ = enet_path(
        centred,
        mean_y - y,
        l1_ratio=L1_SHARE,
        alphas=PENALTIES,
        precompute=centred.T @ centred,
        positive=True,
        max_iter=SWEEPS,
        tol=1e-4,
    )
    return start, span, drops.T, mean_y + drops.T @ mean_gone


def fit(data: FitData, config: AdditiveConfig) -> FallingCurves:
    """Fit on the training rows, the penalty chosen by `exiqa.model.regressors.kind.choose`."""

    def fit_path(x: np.ndarray, y: np.ndarray) -> list[Predict]:
        start, span, drops, tops = falling_path(x, y, config.pieces)
        return [partial(_predict, start, span, drop, top) for drop, top in zip(drops, tops, strict=True)]

    best = choose(fit_path, data, config.seed)
    start, span, drops, tops = falling_path(data.x.astype(np.float64), data.y.astype(np.float64), config.pieces)
    curves = FallingCurves(data.x.shape[1], config.pieces)
    with torch.no_grad():
        curves.start.copy_(torch.from_numpy(start))
        curves.span.copy_(torch.from_numpy(span))
        curves.drop.copy_(torch.from_numpy(drops[best].reshape(start.shape)))
        curves.top.fill_(float(tops[best]))
    return curves


def _gone(x: np.ndarray, start: np.ndarray, span: np.ndarray) -> np.ndarray:
    """(N, F·P) in [0, 1]: how far each row has gone through each piece."""
    return np.clip((x[:, :, None] - start) / span, 0, 1).reshape(len(x), -1)


def _predict(start: np.ndarray, span: np.ndarray, drop: np.ndarray, top: float, x: np.ndarray) -> np.ndarray:
    return top - _gone(x, start, span) @ drop


KIND = RegressorKind("additive", "a sum of curves that never rise", config=AdditiveConfig, build=build, fit=fit)
