"""The learning rate of a step."""

from __future__ import annotations

import math


def learning_rate(step: int, *, steps: int, warmup: int, peak: float) -> float:
    """Linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017, without restarts).

    `step` counts from 0 to `steps` - 1; the rate is peak/warmup at step 0, peak at step warmup - 1, and would
    reach 0 at step `steps`.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))
