"""What a regressor is fitted on: the attributes' probabilities, their logits, or the strengths that they give.

The modules that make them are in `exiqa.model.regressors.feature_layers`: who asks what there is waits for no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FeatureKind:
    """One way to see an image's attributes."""

    name: str
    title: str
    by_attribute: bool
    """Whether feature n is a monotone function of attribute n alone."""


FEATURES: Mapping[str, FeatureKind] = {
    kind.name: kind
    for kind in (
        FeatureKind("probability", "P(a|I)", by_attribute=True),
        FeatureKind("logit", "logit of P(a|I)", by_attribute=True),
        FeatureKind("strengths", "P(d|I)", by_attribute=False),
    )
}
"""By name."""
