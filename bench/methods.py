"""The methods a table can have rows for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Method:
    """One kind of row."""

    label: str
    kind: Literal["ours", "trivial", "control", "peer"]
    """trivial: looks at no image. control: ours with something taken away, that has to be worse. peer: of others."""
    meaning: str
    """One clause for a footnote."""
    protocols: tuple[str, ...]
    """The `bench.record.Protocol`s it has an answer for."""
    predict: str
    """"module:function", imported when it is run: `bench.task.Task` -> (T, D) strengths or (T,) scores. For
    statistics, the function that describes the data set."""
    needs: str = ""
    """"module:function" without arguments that gives None where the method can run here, else what it needs, as one
    clause ("the package x: pip install x"); "" where nothing can be missing."""


METHODS: Mapping[str, Method] = {
    "data": Method("Data", "trivial", "the data set itself", ("statistics",), "bench.statistics_cell:statistics"),
    "all_clean": Method(
        "All clean", "trivial", "predicts strength 0 for every distortion of every image",
        ("identification",), "bench.baselines:predict_all_clean",
    ),
    "prior": Method(
        "Prior", "trivial", "predicts each distortion's mean strength in the training split for every image",
        ("identification",), "bench.baselines:predict_prior",
    ),
    "mean_score": Method(
        "Mean score", "trivial", "predicts the training split's mean score for every image",
        ("quality", "zero_shot"), "bench.baselines:predict_mean_score",
    ),
    "exiqa": Method(
        "ExIQA (ours)", "ours", "CLIP tuned on the attribute bank; scores regressed from attributes alone",
        ("identification", "quality", "zero_shot"), "bench.ours:predict",
    ),
}  # fmt: skip
"""In the order of the rows."""
