"""No image has any distortion."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.method import STRENGTHS, UNSEEN, Method
from exiqa.bench.methods.prediction_task import PredictionTask


def all_clean(images: int, distortions: int) -> np.ndarray:
    """ "No image has any distortion", which is right for most pairs of a single-distortion set.

    Returns:
        (N, D) float32 zeros, for N images and D distortions.
    """
    return np.zeros((images, distortions), dtype=np.float32)


def predict(task: PredictionTask) -> np.ndarray:
    """`all_clean` for a cell: (T, D)."""
    return all_clean(len(task.test_rows), len(task.test.distortions))


METHOD = Method(
    label="All clean",
    meaning="predicts strength 0 for every distortion of every image",
    protocols=(*STRENGTHS, *UNSEEN),
    predict=predict,
    kind="trivial",
)
