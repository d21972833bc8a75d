"""What a measured effect is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exiqa.iqadata.effects.pairing.pair import Pair


@dataclass(frozen=True)
class MeasuredEffect:
    """One effect of the vocabulary in `exiqa.bank.linking.effects`, and how it is measured against a reference."""

    id: str
    """Its id there."""
    unit: str
    visible: float
    """The value at which it is first seen: visibility 0."""
    complete: float
    """The value from which on more makes no difference to what one would say: visibility 1."""
    measure: Callable[[Pair], float]
    """The value, 0 where nothing of it is there and higher for more; its docstring is the definition."""
    locate: Callable[[Pair], np.ndarray]
    """(H, W) float32 ≥ 0 of the pair's own size: where the effect is, in no unit."""

    @property
    def definition(self) -> str:
        """How it is measured and after whom, in one paragraph."""
        return " ".join((self.measure.__doc__ or "").split())

    def visibility(self, value: float) -> float:
        """A value on the line from `visible` (0) to `complete` (1), clipped."""
        return min(max((value - self.visible) / (self.complete - self.visible), 0.0), 1.0)
