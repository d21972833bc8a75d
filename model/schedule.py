"""The learning rate of a step."""

from __future__ import annotations

import math


def learning_rate(step: int, *, steps: int, warmup: int, peak: float) -> float:
    """Linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017, without restarts).

    Args:
        step: From 0 to `steps` - 1.
        steps: Of the whole run.
        warmup: Steps of the warm-up.
        peak: The largest rate.

    Returns:
        peak/warmup at step 0, peak at step warmup - 1; it would reach 0 at step `steps`.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * 0.5 * (1 + math.cos(math.pi * progress))
