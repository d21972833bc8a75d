"""PIQE, which needs no training: block artefacts and noise in the active blocks of a photo.

N. Venkatanath, D. Praneeth, M. Chandrasekhar Bh, S. S. Channappayya, S. S. Medasani, "Blind Image Quality Evaluation
Using Perception Based Features", NCC 2015; computed by the package pypiqe, where it is installed.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.prediction_task import PredictionTask


def needs() -> str | None:
    """None where PIQE can run, else what it needs."""
    return None if find_spec("pypiqe") else "the package pypiqe: pip install --no-deps pypiqe"


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores in [0, 1], higher is better. Nothing is fitted."""
    extractor = f"piqe {METHOD.version} {version('pypiqe')}"
    return cached_features(task.test, task.test_rows, extractor, piqe_score)[:, 0]


def piqe_score(photo: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 photo -> (1,): 1 - PIQE / 100, since PIQE runs from 0, the best, to 100, the worst."""
    from pypiqe import piqe

    if not photo.any():
        return np.zeros(1)  # pypiqe divides by the brightest pixel; PIQE gives a uniform photo its worst score
    worse, *_ = piqe(np.ascontiguousarray(photo[..., ::-1]))  # it reads the channels as blue, green, red
    return np.array([1 - worse / 100])


METHOD = Method(
    label="PIQE",
    meaning="artefacts and noise in active blocks (NCC 2015), as 1 − PIQE/100; nothing is fitted",
    protocols=SCORES,
    predict=predict,
    needs=needs,
)
