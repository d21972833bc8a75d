"""The modules that make a regressor's features (`exiqa.model.regressors.features`) of P(a|I)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError

SMALLEST = 1e-6
"""P(a|I) is moved so far from 0 and 1 before its logit is taken, so that logits stay within ±13.8."""


class Probability(nn.Module):
    """P(a|I) itself, to the letter of Eq. 9."""

    def forward(self, attributes: Tensor) -> Tensor:
        """(N, A) in [0, 1] -> the same."""
        return attributes


class Logit(nn.Module):
    """log(P / (1 − P)): as monotone in the attribute, but not saturated where P(a|I) is near 0 or 1."""

    def forward(self, attributes: Tensor) -> Tensor:
        """(N, A) in [0, 1] -> (N, A) within ±13.8."""
        inside = attributes.clamp(SMALLEST, 1 - SMALLEST)
        return torch.log(inside) - torch.log1p(-inside)


class Strengths(nn.Module):
    """P(d|I) (Eq. 7): the attributes' mean by distortion, with the weights that the regressor was fitted with."""

    weights: Tensor

    def __init__(self, attributes: int, distortions: int) -> None:
        """Weights of 0, until they are set or loaded.

        Args:
            attributes: A.
            distortions: D.
        """
        super().__init__()
        self.register_buffer("weights", torch.zeros(attributes, distortions))

    def forward(self, attributes: Tensor) -> Tensor:
        """(N, A) in [0, 1] -> (N, D) in [0, 1]."""
        return attributes @ self.weights


def build_features(name: str, attributes: int, weights: np.ndarray | None = None) -> nn.Module:
    """The module that makes a regressor's features: (N, A) P(a|I) -> (N, F).

    Args:
        name: Of `exiqa.model.regressors.features.FEATURES`.
        attributes: A.
        weights: (A, D) of Eq. 7, which only strengths need.

    Raises:
        UserError: There are no such features.
    """
    if name not in _BUILDERS:
        raise UserError(f"there are no features {name!r} of a regressor; there are {', '.join(_BUILDERS)}")
    return _BUILDERS[name](attributes, weights)


def _strengths(attributes: int, weights: np.ndarray | None) -> Strengths:
    if weights is None:
        raise UserError("a regressor on strengths needs the weights of Eq. 7, which the model has")
    strengths = Strengths(attributes, weights.shape[1])
    strengths.weights.copy_(torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float32)))
    return strengths


_BUILDERS: Mapping[str, Callable[[int, np.ndarray | None], nn.Module]] = {
    "probability": lambda attributes, weights: Probability(),
    "logit": lambda attributes, weights: Logit(),
    "strengths": _strengths,
}
"""By the names of `exiqa.model.regressors.features.FEATURES`."""
