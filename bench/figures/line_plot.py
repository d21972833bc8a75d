"""A metric over the values of a setting: an ablation's lines with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exiqa.bench.figures.style import HAIR, INK, LINES, ONE_COLUMN, TEXT, laid_out, new_figure, shown, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[str, float | None, float | None, float | None]
"""(label on the x axis, y, low end, high end of its interval); y is None where it is missing, the ends without one."""

_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (5, 1.5, 1.5, 1.5), (3, 1), (8, 2))
_CHARACTER = 4.3
"""Points that a character takes on average, at the size of `TEXT`."""
_LEGEND = 46
"""Characters of a line's name, at most."""


@dataclass(frozen=True)
class Line:
    """One line of a plot."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class LinePlot:
    """What is drawn. The x axis is categorical: the points' labels in order of first appearance."""

    title: str
    x_label: str
    y_label: str
    """With the metric's direction, if it has one: "SRCC, higher is better"."""
    lines: tuple[Line, ...]
    meaning: str = ""
    """What a point and its bar are, in one sentence."""
    cells: tuple[str, ...] = ()
    """Ids of the cells it was made from."""


def draw_line_plot(plot: LinePlot) -> Figure:
    """Each line with its own marker, dashes and colour; it breaks where a point is missing. One column wide.

    Lines stand a little apart, so that intervals do not cover each other.
    """
    gap = float("nan")
    labels = list(dict.fromkeys(point[0] for line in plot.lines for point in line.points))
    with style():
        keys = len(plot.lines) if len(plot.lines) > 1 else 0
        figure, axes = new_figure(ONE_COLUMN, 2.1 + 0.14 * keys)
        for number, line in enumerate(plot.lines):
            color = LINES[number % len(LINES)]
            shift = (number - (len(plot.lines) - 1) / 2) * min(0.05, 0.6 / (len(plot.lines) + 1))
            at = [labels.index(label) + shift for label, _, _, _ in line.points]
            axes.plot(
                at, [gap if y is None else y for _, y, _, _ in line.points],
                color=color, linewidth=1.2, dashes=_DASHES[number % len(_DASHES)] or (None, None),
                marker=_MARKERS[number % len(_MARKERS)], markersize=4,
                markerfacecolor=color if number % 2 == 0 else "white", markeredgecolor=color, markeredgewidth=1,
                label=shown(line.label, _LEGEND), clip_on=False, zorder=3,
            )  # fmt: skip
            for x, (_, y, low, high) in zip(at, line.points, strict=True):
                if y is not None and low is not None and high is not None:
                    # The bar and its two ends, with a gap between each.
                    xs = (x, x, gap, x - 0.03, x + 0.03, gap, x - 0.03, x + 0.03)
                    axes.plot(xs, (low, high, gap, low, low, gap, high, high), color=color, linewidth=0.8,
                              clip_on=False, zorder=2)  # fmt: skip
        room = 72 * (ONE_COLUMN - 0.6) / max(len(labels), 1)
        axes.set_xticks(range(len(labels)), [_fitted(label, room) for label in labels])
        axes.set_xlim(-0.5, max(len(labels), 1) - 0.5)
        axes.margins(y=0.06)
        axes.locator_params(axis="y", nbins=6)
        axes.grid(axis="y", color=HAIR, linewidth=0.6)
        axes.set_xlabel(shown(plot.x_label, 50), color=INK)
        axes.set_ylabel(shown(plot.y_label, 40), color=INK)
        if keys:
            figure.legend(loc="outside lower center", frameon=False, fontsize=TEXT, handlelength=3.2, labelcolor=INK)
        return laid_out(figure)


def _fitted(label: str, width: float) -> str:
    """A label no wider than `width` points: in two lines where one is too long and it has a place to break, and where
    that is not enough with its middle left out."""
    most = max(int(width / _CHARACTER), 3)
    line = shown(label)
    if len(line) <= most:
        return line
    breaks = [at for at, character in enumerate(line, start=1) if character in " -" and at < len(line)]
    if not breaks:
        return shown(line, most)
    middle = min(breaks, key=lambda at: max(at, len(line) - at))
    return "\n".join(shown(part, most) for part in (line[:middle], line[middle:]))
