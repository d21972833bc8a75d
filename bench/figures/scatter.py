"""Predicted against true scores of one record's images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import ACCENT, HAIR, INK, LINES, ONE_COLUMN, laid_out, new_figure, shown, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Scatter:
    """Predicted scores of one cell against the true ones, (N,) each, on one scale."""

    title: str
    score: str
    """Name of the true score; says "proxy" where it is one."""
    true: tuple[float, ...]
    predicted: tuple[float, ...]
    images: int
    """In the test split; more than are drawn where the points were thinned."""
    seed: int
    cell: str
    """Id of the cell that the predictions are of."""


def draw_scatter(scatter: Scatter) -> Figure:
    """True scores along, predicted ones up, on one scale that covers [0, 1] and whatever lies outside it.

    On the dashed diagonal a prediction is right. One column wide.
    """
    with style():
        figure, axes = new_figure(ONE_COLUMN, ONE_COLUMN * 0.94)
        values = (0.0, 1.0, *scatter.true, *scatter.predicted)
        margin = 0.03 * (max(values) - min(values))
        limits = (min(values) - margin, max(values) + margin)
        axes.set(xlim=limits, ylim=limits, aspect="equal")
        axes.grid(color=HAIR, linewidth=0.6)
        axes.plot(limits, limits, color=LINES[1], linewidth=1.0, dashes=(4, 3), clip_on=False)
        axes.plot(
            scatter.true, scatter.predicted, linestyle="none", marker="o", markersize=2.2, color=ACCENT, alpha=0.55,
            markeredgewidth=0, clip_on=False,
        )  # fmt: skip
        axes.set_xlabel(f"true {shown(scatter.score, 40)}", color=INK)
        axes.set_ylabel("predicted", color=INK)
        return laid_out(figure)
