"""The methods a table can have rows for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Method:
    """One kind of row."""

    label: str
    kind: Literal["ours", "trivial"]
    meaning: str
    """One clause for a footnote."""


METHODS: Mapping[str, Method] = {
    "all_clean": Method("All clean", "trivial", "predicts strength 0 for every distortion of every image"),
    "prior": Method(
        "Prior", "trivial", "predicts each distortion's mean strength in the training split for every image"
    ),
    "mean_score": Method("Mean score", "trivial", "predicts the training split's mean score for every image"),
    "exiqa": Method("ExIQA (ours)", "ours", "CLIP tuned on the attribute bank; scores regressed from attributes alone"),
}
"""In the order of the rows."""
