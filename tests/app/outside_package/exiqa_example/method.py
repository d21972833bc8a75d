"""Row detail: how much neighbouring rows of pixels differ, as a score of quality."""

from __future__ import annotations

import numpy as np

from exiqa.bench import Method, PredictionTask


def row_detail(image: np.ndarray) -> float:
    """(H, W, 3) uint8 -> the mean absolute difference of neighbouring rows, negated: less is better."""
    return -float(np.abs(np.diff(image.astype(np.float32), axis=0)).mean())


def predict(task: PredictionTask) -> np.ndarray:
    return np.array([row_detail(task.test.load(int(row))) for row in task.test_rows], np.float32)


METHOD = Method(
    label="Row detail",
    meaning="scores a photo by how little neighbouring rows differ",
    protocols=("quality",),
    predict=predict,
    own_scale=True,
)
