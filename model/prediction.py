"""What a tuned model predicts of photos, be it computed by torch or by a graph. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Prediction:
    """What a model predicts of N photos."""

    attributes: np.ndarray
    """(N, A) float32 in [0, 1]: P(a|I), the mean over a photo's views; columns as in `bank.attributes`."""
    strengths: np.ndarray
    """(N, D) float32 in [0, 1]: P(d|I), 0 is absent, 1 the strongest; columns as in `bank.distortions`."""
    scores: np.ndarray | None = None
    """(N,) float32, higher is better, not clipped; None where no regressor was asked."""
