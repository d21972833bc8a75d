"""The kinds of regressors, by name: what each is told, what it is made of, and how it is fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from exiqa.core.registry import Registry

if TYPE_CHECKING:
    from torch import nn

FOLDS = 5
"""Parts of the training rows that settings are chosen on where there is no validation side."""

Predict = Callable[[np.ndarray], np.ndarray]
"""(n, F) float64 -> (n,) scores."""


@dataclass(frozen=True)
class FitData:
    """Standardised features and scores."""

    x: np.ndarray
    """(N, F) float32, of the training rows: mean 0, deviation 1."""
    y: np.ndarray
    """(N,) float32, higher is better."""
    validation: tuple[np.ndarray, np.ndarray] | None
    """The same two of M other rows."""


@dataclass(frozen=True)
class RegressorKind:
    """One kind of regressor."""

    name: str
    title: str
    config: type[BaseModel]
    """Its settings, with a `seed`; stored beside the weights."""
    build: Callable[[int, Any], nn.Module]
    """(F, settings) -> a module from (N, F) standardised features to (N, 1) scores, as `fit` gives it."""
    fit: Callable[[FitData, Any], nn.Module]
    """(data, settings) -> the fitted module. Draws from torch's global generator, which is seeded before."""
    version: int = 1
    """Raised with every change of what the same data give."""


KINDS = Registry(
    "exiqa.regressors",
    RegressorKind,
    "kind of regressor",
    {name: f"exiqa.model.regressors.{name}:KIND" for name in ("mlp", "ridge", "additive", "sparse")},
)
"""mlp: the paper's; ridge: linear; additive: a sum of curves that only fall; sparse: linear in a few attributes."""


def choose(fit_path: Callable[[np.ndarray, np.ndarray], Sequence[Predict]], data: FitData, seed: int) -> int:
    """The setting with the least squared error on the validation side; without one, over `FOLDS` folds.

    Args:
        fit_path: Training features (n, F) and scores (n,), float64 -> a predictor for each setting.
        data: What is fitted.
        seed: Of the folds.

    Returns:
        The setting's number; the first of equals.
    """
    x, y = data.x.astype(np.float64), data.y.astype(np.float64)
    if data.validation is not None:
        sides = [(np.arange(len(y)), data.validation[0].astype(np.float64), data.validation[1].astype(np.float64))]
    else:
        parts = np.array_split(np.random.default_rng(seed).permutation(len(y)), min(FOLDS, len(y)))
        sides = [(np.setdiff1d(np.arange(len(y)), part), x[part], y[part]) for part in parts]
    squared = [
        [np.sum((predict(held_x) - held_y) ** 2) for predict in fit_path(x[rows], y[rows])]
        for rows, held_x, held_y in sides
    ]
    return int(np.argmin(np.sum(squared, axis=0)))
