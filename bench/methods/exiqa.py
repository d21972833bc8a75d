"""Ours, as a row: the work is in `exiqa.bench.methods.ours`, which a table need not import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exiqa.bench.methods.method import ATTRIBUTES, EVERY_PROTOCOL, RATINGS, Method

if TYPE_CHECKING:
    import numpy as np

    from exiqa.bench.methods.prediction_task import PredictionTask


def predict(task: PredictionTask) -> np.ndarray:
    """`exiqa.bench.methods.ours.predict`."""
    from exiqa.bench.methods import ours

    return ours.predict(task)


METHOD = Method(
    label="ExIQA (ours)",
    meaning="CLIP tuned on the attribute bank; scores regressed from attributes alone",
    protocols=(*EVERY_PROTOCOL, *ATTRIBUTES, *RATINGS),
    predict=predict,
    kind="ours",
    uses="bank",
)
