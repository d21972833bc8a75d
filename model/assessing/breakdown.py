"""A score told apart by attribute: integrated gradients of the regressor (Sundararajan et al. 2017)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from exiqa.bank.schema import Bank
from exiqa.model.assessing.assessment import GroupPart, ScoreBreakdown, ScorePart
from exiqa.model.regressors.regressor import Regressor

TOLERANCE = 1e-4
"""Of the contributions' sum, in units of the score."""
CONTRADICTION = 0.25
"""Of the movement through a group's attributes, from which share on the smaller direction contradicts the larger."""
NOTHING = 1e-9
"""A contribution below this is rounding noise, and has no direction."""
STEPS = (64, 256, 1024, 4096)
"""Points on the path, until the sum is exact enough: SELU's derivative jumps at 0, so no rule is exact."""


def break_down(
    regressor: Regressor, attributes: np.ndarray, phrases: Sequence[str], bank: Bank | None = None
) -> ScoreBreakdown:
    """What each attribute adds to or takes from a photo's score.

    The path runs in a straight line from a typical training photo's attributes to the photo's own; of a regressor on
    logits, from their means to its own. Contributions sum to the prediction minus the baseline within 1e-3.

    Args:
        regressor: What scores.
        attributes: (A,) P(a|I) of the photo.
        phrases: The A attributes'.
        bank: Whose attributes they are; without one, the parts are not grouped by distortion.
    """
    # In double precision, so that the sum shows the path's error and not rounding.
    exact = copy.deepcopy(regressor).double().eval()
    photo = torch.from_numpy(np.ascontiguousarray(attributes, dtype=np.float64))
    typical = exact.typical
    if exact.by_attribute:
        # A path in P(a|I) would run through logits that change without bound at its ends.
        ends = exact.features(photo[None])[0], exact.mean
        contributions, prediction, baseline = integrated_gradients(exact.of_features, *ends)
    else:
        contributions, prediction, baseline = integrated_gradients(exact, photo, typical)
    parts = [
        ScorePart(phrase, float(p), float(usual), float(part), _direction(float(part), float(p) - float(usual)))
        for phrase, p, usual, part in zip(phrases, photo, typical, contributions, strict=True)
    ]
    groups = () if bank is None else _groups(parts, bank)
    parts.sort(key=lambda part: -abs(part.contribution))
    return ScoreBreakdown(prediction, baseline, tuple(parts), groups)


def _direction(contribution: float, more: float) -> bool | None:
    """Whether the score rises with the attribute, from what a photo has more of it than a typical one."""
    if abs(contribution) < NOTHING or more == 0:
        return None
    return (contribution > 0) == (more > 0)


def _groups(parts: Sequence[ScorePart], bank: Bank) -> tuple[GroupPart, ...]:
    """The parts of a bank's attributes, in its order, by distortion; the largest by amount first."""
    row = {attribute.id: number for number, attribute in enumerate(bank.attributes)}
    owners = bank.distortions_by_attribute
    groups = []
    for distortion in bank.distortions:
        own = [(parts[row[a.id]], 1 / len(owners[a.id])) for a in bank.ranked[distortion]]
        moved = {True: 0.0, False: 0.0}
        for part, share in own:
            if part.more_is_better is not None:
                moved[part.more_is_better] += share * abs(part.contribution)
        own.sort(key=lambda pair: -abs(pair[0].contribution))
        groups.append(
            GroupPart(
                id=distortion,
                name=bank.taxonomy[distortion].name,
                contribution=sum(share * part.contribution for part, share in own),
                better=moved[True],
                worse=moved[False],
                contradicts=min(moved.values()) >= CONTRADICTION * sum(moved.values()) > NOTHING,
                phrases=tuple(part.phrase for part, _ in own),
            )
        )
    return tuple(sorted(groups, key=lambda group: -abs(group.contribution)))


def integrated_gradients(
    score: Callable[[Tensor], Tensor], photo: Tensor, baseline: Tensor
) -> tuple[Tensor, float, float]:
    """Integrated gradients along the straight line from the baseline to the photo.

    Args:
        score: (N, F) float64 -> (N,).
        photo: (F,) float64.
        baseline: (F,) float64.

    Returns:
        (F,) float64 contributions, the photo's prediction, the baseline's.
    """
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(score)
    with torch.no_grad():
        prediction, start = (float(score(x[None])) for x in (photo, baseline))
    for steps in STEPS:
        contributions = method.attribute(
            photo[None], baselines=baseline[None], n_steps=steps, method="riemann_middle", internal_batch_size=1024
        )[0]
        if abs(float(contributions.sum()) - (prediction - start)) <= TOLERANCE:
            break
    return contributions.detach(), prediction, start
