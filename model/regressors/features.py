"""What a regressor is fitted on: the attributes' probabilities, their logits, or the strengths that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class FeatureKind:
    """One way to see an image's attributes."""

    name: str
    title: str
    build: Callable[[int, int], nn.Module]
    """(A, D) -> the module from (N, A) P(a|I) to (N, F)."""
    by_attribute: bool
    """Whether feature n is a monotone function of attribute n alone."""


FEATURES: Mapping[str, FeatureKind] = {
    kind.name: kind
    for kind in (
        FeatureKind("probability", "P(a|I)", lambda attributes, distortions: Probability(), by_attribute=True),
        FeatureKind("logit", "logit of P(a|I)", lambda attributes, distortions: Logit(), by_attribute=True),
        FeatureKind("strengths", "P(d|I)", Strengths, by_attribute=False),
    )
}
"""By name."""


def build_features(name: str, attributes: int, weights: np.ndarray | None = None) -> nn.Module:
    """The module that makes a regressor's features.

    Args:
        name: Of `FEATURES`.
        attributes: A.
        weights: (A, D) of Eq. 7, which only strengths need.

    Raises:
        UserError: There are no such features.
    """
    if name not in FEATURES:
        raise UserError(f"there are no features {name!r} of a regressor; there are {', '.join(FEATURES)}")
    if name != "strengths":
        return FEATURES[name].build(attributes, 0)
    if weights is None:
        raise UserError("a regressor on strengths needs the weights of Eq. 7, which the model has")
    module = FEATURES[name].build(attributes, weights.shape[1])
    assert isinstance(module, Strengths)
    module.weights.copy_(torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float32)))
    return module
