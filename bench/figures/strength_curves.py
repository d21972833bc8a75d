"""Predicted against true strength, distortion by distortion: does what is predicted rise with what is there?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import (
    ACCENT,
    INK,
    LINES,
    MUTED,
    ONE_COLUMN,
    RULE,
    SMALL,
    TWO_COLUMNS,
    laid_out,
    new_figure,
    shown,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NARROW_PANELS, _WIDE_PANELS = 3, 7
"""Panels of a row, one and two columns wide."""
_ACROSS, _DOWN = 1.22, 1.4
"""The distance from a panel to the next, in sides of a panel."""


@dataclass(frozen=True)
class StrengthCurve:
    """The panel of one distortion."""

    distortion: str
    """Its name, as shown."""
    true: tuple[float, ...]
    """True strengths in [0, 1], ascending; 0 stands for the images that do not have the distortion."""
    median: tuple[float, ...]
    """Of the predicted strengths at each, in [0, 1]; likewise the quartiles."""
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class StrengthCurves:
    """One panel a distortion: predicted strengths over true ones."""

    title: str
    meaning: str
    """What a point and its bar are, in one sentence."""
    curves: tuple[StrengthCurve, ...]
    cells: tuple[str, ...] = ()
    """Ids of the cells it was made from."""

    @property
    def is_wide(self) -> bool:
        """Whether it takes two columns of a paper."""
        return len(self.curves) > 2 * _NARROW_PANELS


def draw_strength_curves(curves: StrengthCurves) -> Figure:
    """A square panel a distortion, both axes from 0 to 1: medians joined, quartiles as bars, the diagonal dashed."""
    across = _WIDE_PANELS if curves.is_wide else min(_NARROW_PANELS, max(len(curves.curves), 1))
    down = math.ceil(len(curves.curves) / across) or 1
    width = TWO_COLUMNS if curves.is_wide else ONE_COLUMN
    size = (width - 0.35) / (across * _ACROSS)
    with style():
        figure, axes = new_figure(width, down * size * _DOWN + 0.4)
        # All panels in one pair of axes: a pair for each of 25 takes many times as long.
        axes.set(xlim=(0, across * _ACROSS - (_ACROSS - 1)), ylim=(down * _DOWN, _DOWN - 1.2), aspect="equal")
        axes.axis("off")
        corners = [(at % across * _ACROSS, (at // across + 1) * _DOWN) for at in range(len(curves.curves))]
        _draw(axes, [[(x, y), (x, y - 1), (x + 1, y - 1), (x + 1, y), (x, y)] for x, y in corners], RULE, 0.6)
        _draw(axes, [[(x, y), (x + 1, y - 1)] for x, y in corners], LINES[1], 0.7, dashes=(3, 2.5))
        bars, lines, points = [], [], []
        for (x, y), curve in zip(corners, curves.curves, strict=True):
            at = [x + true for true in curve.true]
            lines.append([(x_, y - median) for x_, median in zip(at, curve.median, strict=True)])
            points += lines[-1]
            bars += [[(x_, y - low), (x_, y - high)] for x_, low, high in zip(at, curve.low, curve.high, strict=True)]
        _draw(axes, bars, ACCENT, 1.8, alpha=0.35)
        _draw(axes, lines, ACCENT, 1.0)
        axes.plot(*zip(*points, strict=True), linestyle="none", marker="o", markersize=2.4, color=ACCENT,
                  markeredgewidth=0, clip_on=False)  # fmt: skip
        _words(axes, curves.curves, corners, across, size)
        return laid_out(figure)


def _draw(
    axes: Axes, lines: Iterable[Sequence[tuple[float, float]]], color: str, width: float, *,
    dashes: tuple[float, float] | None = None, alpha: float = 1.0,
) -> None:  # fmt: skip
    """Many lines as one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    path = Path.make_compound_path(*(Path(list(line)) for line in lines))
    linestyle = (0, dashes) if dashes else "solid"
    patch = PathPatch(path, facecolor="none", edgecolor=color, linewidth=width, linestyle=linestyle, alpha=alpha)
    patch.set(clip_on=False, capstyle="butt")
    axes.add_patch(patch)


def _words(
    axes: Axes, curves: Sequence[StrengthCurve], corners: Sequence[tuple[float, float]], across: int, size: float
) -> None:
    """Each panel's distortion above it, and what the axes are once, at the lowest panel on the left."""
    most = int(size * _ACROSS * 72 / 3.3)
    for (x, y), curve in zip(corners, curves, strict=True):
        axes.text(x, y - 1.06, shown(curve.distortion, most), fontsize=SMALL, color=INK, ha="left", va="bottom")
    for at, (x, y) in enumerate(corners):
        if at + across >= len(corners):
            for value in (0, 1):
                axes.text(x + value, y + 0.05, str(value), fontsize=SMALL, color=MUTED, ha="center", va="top")
            axes.text(x + 0.5, y + 0.05, "true", fontsize=SMALL, color=INK, ha="center", va="top")
        if at % across == 0:
            for value in (0, 1):
                axes.text(x - 0.05, y - value, str(value), fontsize=SMALL, color=MUTED, ha="right", va="center")
            axes.text(x - 0.07, y - 0.5, "pred.", fontsize=SMALL, color=INK, ha="right", va="center", rotation=90)
