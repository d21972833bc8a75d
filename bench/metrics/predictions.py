"""What a metric is computed from: predictions beside the truth, and what several metrics need of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

Levels = Sequence[Sequence[float]]
"""Per distortion, the grid of true strengths besides 0, ascending: (.2, .4, .6, .8, 1)."""

# Strengths come as float32, where .7 is a hair below .7: what lies on a boundary is decided on six decimals.
_DECIMALS = 6


@dataclass(frozen=True)
class AttributeColumns:
    """What the columns of attributes are, and what the images have."""

    linked: np.ndarray
    """(A,) bool: whether the truth of the attribute is known; where not, its column of the truth says nothing."""
    membership: np.ndarray
    """(A, D) bool: which attribute belongs to which distortion of the bank."""
    distorted: np.ndarray
    """(N, D) bool: which image has which distortion, at any strength."""
    group: np.ndarray
    """(N,) int: the number of each image's reference."""

    def images(self, rows: np.ndarray) -> AttributeColumns:
        """The same of some images (`Predictions.images`)."""
        return replace(self, distorted=self.distorted[rows], group=self.group[rows])


class Predictions:
    """Predictions for N images and their truth: (N, D) strengths of D distortions in [0, 1], (N,) scores, or (N, A)
    attributes in [0, 1].

    What several metrics need is computed once, when it is first asked for.
    """

    def __init__(
        self,
        predicted: np.ndarray,
        truth: np.ndarray,
        levels: Levels | None = None,
        attributes: AttributeColumns | None = None,
    ) -> None:
        """Take the arrays as float64.

        Args:
            predicted: (N, D) strengths, (N,) scores, higher is better, or (N, A) attributes.
            truth: The same shape.
            levels: Of strengths, per distortion its grid besides 0.
            attributes: Of attributes, what their columns are.

        Raises:
            ValueError: The shapes differ.
        """
        self.predicted = np.asarray(predicted, dtype=np.float64)
        self.truth = np.asarray(truth, dtype=np.float64)
        self.levels = levels
        self.attributes = attributes
        if self.predicted.shape != self.truth.shape:
            raise ValueError(
                f"predictions of shape {self.predicted.shape} do not fit a truth of shape {self.truth.shape}"
            )

    def __len__(self) -> int:
        """N, the number of images."""
        return len(self.truth)

    def images(self, rows: np.ndarray) -> Predictions:
        """Those of some images: `rows` are their numbers, as often as each counts, or (N,) bool."""
        attributes = self.attributes and self.attributes.images(rows)
        return Predictions(self.predicted[rows], self.truth[rows], self.levels, attributes)

    def distortion(self, number: int) -> Predictions:
        """The strengths of one distortion, (N, 1)."""
        column = slice(number, number + 1)
        levels = None if self.levels is None else self.levels[column]
        return Predictions(self.predicted[:, column], self.truth[:, column], levels)

    @cached_property
    def flaw(self) -> str:
        """Why no metric at all can be taken of these; "" where one can."""
        if self.predicted.size == 0:
            return "there are no images"
        noun = "attributes" if self.attributes else "strengths" if self.predicted.ndim == 2 else "scores"
        for side, values in (("predicted", self.predicted), ("true", self.truth)):
            if count := int(np.sum(~np.isfinite(values))):
                return f"{count} of {values.size} {side} {noun} are NaN or infinite"
        return ""

    @cached_property
    def predicted_level(self) -> np.ndarray:
        """(N, D) int: the number of the interval of each predicted strength (`nearest_level`)."""
        return nearest_level(self.predicted, self._grid)

    @cached_property
    def true_level(self) -> np.ndarray:
        """(N, D) int: the number of the interval of each true strength (`nearest_level`)."""
        return nearest_level(self.truth, self._grid)

    @cached_property
    def present(self) -> np.ndarray:
        """(N, D) bool: whether the image has the distortion, at any strength."""
        return np.asarray(self.truth > 0)

    @cached_property
    def fitted(self) -> np.ndarray:
        """(N,): the predicted scores through the logistic fitted to these very images (`fit_logistic`)."""
        from exiqa.bench.metrics.logistic import fit_logistic

        return fit_logistic(self.predicted, self.truth)(self.predicted)

    @property
    def columns(self) -> AttributeColumns:
        """What the columns of attributes are.

        Raises:
            ValueError: These are no attributes.
        """
        if self.attributes is None:
            raise ValueError("a metric of attributes needs to know what their columns are")
        return self.attributes

    @property
    def _grid(self) -> Levels:
        if self.levels is None:
            raise ValueError("a metric of levels needs the levels of the strengths")
        return self.levels


def nearest_level(strengths: np.ndarray, levels: Levels) -> np.ndarray:
    """(N, D) int: the number of the interval that each strength lies in; 0 is the clean one.

    The intervals meet halfway between neighbouring levels, are closed below and open above, and the last one
    includes 1: for levels .2 .4 .6 .8 1 they are [0, .1), [.1, .3), …, [.9, 1] (the paper prints the last one
    open, which would make a prediction of exactly 1 wrong). Boundaries are compared on six decimals.

    Args:
        strengths: (N, D) in [0, 1].
        levels: Per distortion, its grid of strengths besides 0, ascending in (0, 1].

    Returns:
        (N, D) integers.

    Raises:
        ValueError: `strengths` or a grid is none of that.
    """
    strengths = np.asarray(strengths, dtype=np.float64)
    if strengths.ndim != 2 or strengths.shape[1] != len(levels):
        raise ValueError(f"strengths of shape {strengths.shape} do not fit the levels of {len(levels)} distortions")
    if not np.all((strengths >= 0) & (strengths <= 1)):
        raise ValueError("strengths must lie in [0, 1]")
    numbers = np.empty(strengths.shape, dtype=np.int64)
    for column, grid in enumerate(levels):
        centers = np.array([0.0, *grid], dtype=np.float64)
        if len(centers) < 2 or centers[-1] > 1 or np.any(np.diff(centers) <= 0):
            raise ValueError(f"the levels {tuple(grid)} do not ascend in (0, 1]")
        boundaries = np.round((centers[:-1] + centers[1:]) / 2, _DECIMALS)
        numbers[:, column] = np.searchsorted(boundaries, np.round(strengths[:, column], _DECIMALS), side="right")
    return numbers
