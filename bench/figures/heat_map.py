"""A matrix of figures as shades: confusions, and figures by distortion."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import (
    INK,
    ONE_COLUMN,
    SHADES,
    SMALL,
    TWO_COLUMNS,
    laid_out,
    new_figure,
    shown,
    style,
)
from exiqa.bench.figures.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_NUMBERS = 300
"""Cells of a map up to which each has its number; in a larger one they would be too small to read in print."""

_ONE_COLUMN_CELLS = 7
_ROW, _GAP = 0.19, 0.06
"""The height of a row in inches, and the part of a cell that lies between it and the next."""
_LABEL, _HEAD = 26, 24
"""Characters of a line of a row's label, and of a column's."""


@dataclass(frozen=True)
class HeatMap:
    """A table of numbers that is drawn as coloured cells, each with its figure."""

    title: str
    meaning: str
    """One sentence: what a figure is."""
    stub: str
    """The header over the row labels."""
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    """A tuple a row; None where there is no figure."""
    low: float
    """The value with the palest colour; what is below gets it too."""
    high: float
    """The value with the strongest colour; what is above gets it too."""
    cells: tuple[str, ...] = ()
    """Ids of the cells it was made from."""

    @property
    def is_wide(self) -> bool:
        """Whether it takes two columns of a paper."""
        return len(self.columns) > _ONE_COLUMN_CELLS


def shade(value: float | None, heat_map: HeatMap) -> int:
    """The shade of a figure: 0 is the palest, 10 the strongest; a missing one has the palest."""
    if value is None:
        return 0
    share = (value - heat_map.low) / (heat_map.high - heat_map.low)
    return round((len(SHADES) - 1) * min(max(share, 0.0), 1.0))


def draw_heat_map(heat_map: HeatMap) -> Figure:
    """Rows and columns as they are given, the first row on top; a missing figure is a dash on white.

    A map of at most `MAX_NUMBERS` cells has its numbers, a larger one a scale of its shades.
    """
    from exiqa.bench.figures.labels import CentredTexts

    with style():
        labels = [_label(row) for row in heat_map.rows]
        heads = [shown(column, _HEAD) for column in heat_map.columns]
        numbered = len(heat_map.rows) * len(heat_map.columns) <= MAX_NUMBERS
        below = 0.0 if numbered else 1.7  # rows that the scale takes
        lines = sum(1 + label.count("\n") * 0.55 for label in labels)
        head = max((len(text) for text in heads), default=0) * 0.052
        height = _ROW * (lines + below) + head + 0.15
        figure, axes = new_figure(TWO_COLUMNS if heat_map.is_wide else ONE_COLUMN, height)
        axes.set(xlim=(0, max(len(heads), 1)), ylim=(max(len(labels), 1) + below, 0))
        for spine in axes.spines.values():
            spine.set_visible(False)
        _cells(axes, heat_map)
        if numbered:
            axes.add_artist(CentredTexts(_numbers(heat_map), SMALL, INK))
        axes.xaxis.tick_top()
        axes.set_xticks([at + 0.5 for at in range(len(heads))], heads, rotation=90, fontsize=SMALL, color=INK)
        axes.set_yticks([at + 0.5 for at in range(len(labels))], labels, fontsize=SMALL, color=INK)
        axes.tick_params(length=0, pad=2)
        if not numbered:
            _scale(axes, heat_map)
        return laid_out(figure)


def _label(row: str) -> str:
    """In at most two lines."""
    lines = textwrap.wrap(shown(row, 2 * _LABEL - 4), _LABEL) or [""]
    return "\n".join([lines[0], shown(" ".join(lines[1:]), _LABEL)] if len(lines) > 1 else lines)


def _cells(axes: Axes, heat_map: HeatMap) -> None:
    """A path a shade: as many parts as there are cells of it."""
    by_shade: dict[int, list[tuple[int, int]]] = {}
    for y, values in enumerate(heat_map.values):
        for x, value in enumerate(values):
            by_shade.setdefault(shade(value, heat_map), []).append((x, y))
    for number, places in sorted(by_shade.items()):
        if number:
            _rectangles(axes, [(x, y, 1, 1) for x, y in places], SHADES[number])


def _rectangles(axes: Axes, places: Sequence[tuple[float, float, float, float]], color: str) -> None:
    """Filled rectangles (x, y, width, height) in data coordinates, each a little smaller than it is given."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    inset = _GAP / 2
    vertices: list[tuple[float, float]] = []
    for x, y, width, height in places:
        left, right, top, bottom = x + inset, x + width - inset, y + inset, y + height - inset
        vertices += [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(places)
    axes.add_patch(PathPatch(Path(vertices, codes), facecolor=color, linewidth=0, clip_on=False))


def _numbers(heat_map: HeatMap) -> list[tuple[float, float, str]]:
    return [
        (x + 0.5, y + 0.5, short(value)) for y, values in enumerate(heat_map.values) for x, value in enumerate(values)
    ]


def _scale(axes: Axes, heat_map: HeatMap) -> None:
    """The shades and the values at their ends, below the map."""
    top, width = len(heat_map.rows) + 0.7, 0.5
    for number, color in enumerate(SHADES[1:], start=1):
        _rectangles(axes, [(1 + width * number, top, width, 0.9)], color)
    for x, value, side in ((0.9 + width, heat_map.low, "right"), (1.1 + width * len(SHADES), heat_map.high, "left")):
        axes.text(x, top + 0.45, f"{value:g}", fontsize=SMALL, color=INK, ha=side, va="center")
