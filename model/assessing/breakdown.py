"""A score told apart by attribute: integrated gradients of the regressor (Sundararajan et al. 2017)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from exiqa.model.assessing.assessment import ScoreBreakdown, ScorePart
from exiqa.model.regressors.regressor import Regressor

TOLERANCE = 1e-4
"""Of the contributions' sum, in units of the score."""
STEPS = (64, 256, 1024, 4096)
"""Points on the path, until the sum is exact enough: SELU's derivative jumps at 0, so no rule is exact."""


def break_down(regressor: Regressor, attributes: np.ndarray, phrases: Sequence[str]) -> ScoreBreakdown:
    """What each attribute adds to or takes from a photo's score.

    The path runs in a straight line from the attributes' means over the regressor's training photos to the photo's
    own. Contributions sum to the prediction minus the baseline within 1e-3.

    Args:
        regressor: What scores.
        attributes: (A,) P(a|I) of the photo.
        phrases: The A attributes'.
    """
    # In double precision, so that the sum shows the path's error and not rounding.
    exact = copy.deepcopy(regressor).double().eval()
    photo = torch.from_numpy(np.ascontiguousarray(attributes, dtype=np.float64))
    contributions, prediction, baseline = integrated_gradients(exact, photo, exact.mean)
    parts = [
        ScorePart(phrase, float(probability), float(typical), float(contribution))
        for phrase, probability, typical, contribution in zip(phrases, photo, exact.mean, contributions, strict=True)
    ]
    parts.sort(key=lambda part: -abs(part.contribution))
    return ScoreBreakdown(prediction, baseline, tuple(parts))


def integrated_gradients(regressor: Regressor, photo: Tensor, baseline: Tensor) -> tuple[Tensor, float, float]:
    """Integrated gradients along the straight line from the baseline to the photo.

    Args:
        regressor: In float64.
        photo: (A,) float64 P(a|I).
        baseline: (A,) float64.

    Returns:
        (A,) float64 contributions, the photo's prediction, the baseline's.
    """
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(regressor)
    with torch.no_grad():
        prediction, start = (float(regressor(x[None])) for x in (photo, baseline))
    for steps in STEPS:
        contributions = method.attribute(
            photo[None], baselines=baseline[None], n_steps=steps, method="riemann_middle", internal_batch_size=1024
        )[0]
        if abs(float(contributions.sum()) - (prediction - start)) <= TOLERANCE:
            break
    return contributions.detach(), prediction, start
