"""The curves of an additive score: what each attribute takes from it, the more there is of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exiqa.bench.figures.shape_functions import LOGITS, POINTS, Shape, Shapes
from exiqa.core.errors import UserError
from exiqa.model.regressors.regressor import Regressor

SHOWN = 12


def shapes_of(regressor: Regressor, phrases: Sequence[str], title: str, cell: str = "") -> Shapes:
    """The curves of a regressor of the kind additive.

    Args:
        regressor: On features that belong to one attribute each.
        phrases: The A attributes'.
        title: What the drawing is called.
        cell: As `Shapes.cell`.

    Raises:
        UserError: The regressor is of another kind, or on features of several attributes.
    """
    import torch

    from exiqa.model.regressors.additive import FallingCurves

    curves = regressor.layers
    if not isinstance(curves, FallingCurves) or not regressor.by_attribute:
        raise UserError("only a regressor of the kind additive, on features of one attribute each, has curves to draw")
    grid = (1 / (1 + np.exp(-np.linspace(*LOGITS, POINTS)))).astype(np.float32)
    with torch.no_grad():
        # All attributes at one value at a time: each curve looks at its own alone.
        rows = regressor.features(torch.from_numpy(np.repeat(grid[:, None], len(phrases), axis=1)))
        takes = curves.curves((rows - regressor.mean) / regressor.std).numpy()  # (POINTS, A)
    reach = takes.max(axis=0)
    order = [int(n) for n in np.argsort(-reach, kind="stable") if reach[n] > 1e-6]
    return Shapes(
        title=title,
        shapes=tuple(Shape(phrases[n], tuple(float(v) for v in takes[:, n])) for n in order[:SHOWN]),
        idle=len(phrases) - len(order),
        left_out=max(0, len(order) - SHOWN),
        cell=cell,
    )
