"""What a metric is: a column of the tables, with its value, when it has none, and how it is resampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from exiqa.bench.metrics.predictions import Levels, Predictions

if TYPE_CHECKING:
    from exiqa.bench.protocol import ProtocolId

Resampled = Callable[[np.ndarray], np.ndarray]
"""From how often each of R references was drawn in S resamples, (S, R), to the metric in each, (S,); NaN where it is
not defined."""

STRENGTHS: tuple[ProtocolId, ...] = ("identification",)
"""The protocols that predict strengths by one tower."""
UNSEEN: tuple[ProtocolId, ...] = ("unseen",)
"""The protocols that predict strengths by a tower for each distortion: what is compared between distortions says
nothing there."""
SCORES: tuple[ProtocolId, ...] = ("quality", "zero_shot")
"""The protocols that predict scores."""
ATTRIBUTES: tuple[ProtocolId, ...] = ("validity",)
"""The protocols that predict attributes."""
RATINGS: tuple[ProtocolId, ...] = ("attributes",)
"""The protocols that predict ratings."""


@dataclass(frozen=True)
class Metric:
    """One column of the tables.

    A metric that is not defined for its input (a NaN among the predictions, a constant where a correlation is asked
    for) is never a number over what is left. Correlations keep their sign.
    """

    label: str
    """A column's header."""
    direction: Literal["higher", "lower"]
    """Which values are better."""
    meaning: str
    """One clause for a footnote."""
    protocols: tuple[ProtocolId, ...]
    """The protocols whose tables have the column: `STRENGTHS`, `UNSEEN`, `SCORES`, `ATTRIBUTES` or
    `RATINGS`, or some of them."""
    value: Callable[[Predictions], float]
    """The metric; asked only where it is defined."""
    undefined: Callable[[Predictions], str] = lambda predictions: ""
    """Why it is not defined, "" where it is; asked only of one or more images, all of them finite."""
    resampled: Callable[[Predictions, np.ndarray], Resampled] | None = None
    """With (N,) the number of each image's reference, the metric of resamples of the references, all of them at once
    and equal to `value` of the images drawn, each as often as it was drawn. None: `value` is taken of each resample,
    which asks for nothing and takes a thousand times as long."""
    decimals: int = 3
    """How many are printed."""
    percent: bool = False
    """Printed times 100, as the paper prints accuracy."""
    among_distortions: bool = False
    """Of strengths, whether it compares an image's distortions. Its figure for one distortion is then taken over all
    columns of the images that have this distortion and no other; else over the distortion's column of all images."""
    margin: float = 0.02
    """Two values that differ by less are as good as equal, in the metric's own unit. Stated before any figure was seen:
    what two versions are equivalent within, what a published figure is reproduced within, and what a lead over a
    constant must at least be."""
    same_scale: bool = False
    """Of scores, whether it is only defined where the predicted scores are on the scale of the true ones."""
    version: int = 1
    """Raised whenever its values change: records that have another version's are then stale."""

    def why_undefined(self, predictions: Predictions) -> str:
        """Why the metric is not defined, "" where it is."""
        return predictions.flaw or self.undefined(predictions)

    def of(self, predictions: Predictions) -> float:
        """The metric; NaN where it is not defined."""
        return nan if self.why_undefined(predictions) else float(self.value(predictions))

    def __call__(self, predicted: np.ndarray, truth: np.ndarray, levels: Levels | None = None) -> float:
        """The metric of arrays (see `Predictions`); NaN where it is not defined."""
        return self.of(Predictions(predicted, truth, levels))


def measure(metrics: Mapping[str, Metric], predictions: Predictions) -> tuple[dict[str, float | None], dict[str, str]]:
    """Several metrics at once.

    Args:
        metrics: By id.
        predictions: What they are taken of.

    Returns:
        The values by id, None where a metric is undefined, and the reasons of those, by id.
    """
    undefined = {name: why for name, metric in metrics.items() if (why := metric.why_undefined(predictions))}
    values = {name: None if name in undefined else metric.of(predictions) for name, metric in metrics.items()}
    return values, undefined
