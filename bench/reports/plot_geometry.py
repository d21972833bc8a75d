"""Geometry of a report's drawings: from plain data to coordinates. The template writes them as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from exiqa.bench.reports.plots import AblationPlot, HeatMap, Point, Scatter

WIDTH, HEIGHT = 420, 270
"""Of a line plot's view box."""
SIDE = 250
"""Of a scatter's view box."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 40
_CHARACTER, LINE = 7, 12
"""The width of a tick's character, and the height of its line."""
SHADES = 10
"""Shades of a heat map above the palest."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str
    """In one line, or two with a line feed between them."""


@dataclass(frozen=True)
class PointGeometry:
    """A point of a line, and its interval's ends where it has one."""

    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LineGeometry:
    """A line of a plot; `path` breaks where a point is missing."""

    label: str
    path: str
    points: tuple[PointGeometry, ...]


@dataclass(frozen=True)
class PlotGeometry:
    """A plot in the coordinates of its view box."""

    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[LineGeometry, ...] = ()
    dots: str = ""
    """A path of strokes without length, a dot each where line ends are round."""


def nice_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """At most `most` round numbers (1, 2 or 5 times a power of ten apart) inside [low, high].

    Raises:
        ValueError: The range is empty.
    """
    if not low < high:
        raise ValueError(f"no ticks fit into [{low}, {high}]")
    power = math.floor(math.log10((high - low) / most))
    steps = (factor * 10.0**exponent for exponent in range(power, power + 3) for factor in (1, 2, 5))
    for step in steps:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            # Adding 0 turns -0 into 0.
            return tuple(round(number * step, 12) + 0.0 for number in range(first, last + 1))
    raise AssertionError("a step of ten times the range fits")


def lines_geometry(plot: AblationPlot) -> PlotGeometry:
    """The lines over a categorical x axis, the y axis from the lowest to the highest interval's end."""
    labels = list(dict.fromkeys(point[0] for line in plot.lines for point in line.points))
    numbers = [v for line in plot.lines for point in line.points for v in point[1:] if v is not None]
    low, high = _widened(min(numbers, default=0.0), max(numbers, default=1.0))
    left, right, top = _LEFT, WIDTH - _RIGHT, _TOP
    step = (right - left) / max(len(labels), 1)
    shown = [_fitted(label, step) for label in labels]
    bottom = HEIGHT - _BOTTOM - LINE * any("\n" in label for label in shown)

    def y_of(value: float) -> float:
        return round(bottom - (value - low) / (high - low) * (bottom - top), 1)

    lines = []
    for number, line in enumerate(plot.lines):
        # Lines stand a little apart, so that intervals do not cover each other.
        shift = (number - (len(plot.lines) - 1) / 2) * min(6.0, step / (len(plot.lines) + 1))
        points = [(point, round(left + (labels.index(point[0]) + 0.5) * step + shift, 1)) for point in line.points]
        lines.append(LineGeometry(line.label, _path(points, y_of), tuple(_points(points, y_of))))
    ticks = nice_ticks(low, high)
    return PlotGeometry(
        left, right, top, bottom,
        tuple(Tick(round(left + (at + 0.5) * step, 1), label) for at, label in enumerate(shown)),
        tuple(Tick(y_of(tick), _label(tick)) for tick in ticks),
        tuple(lines),
    )  # fmt: skip


def scatter_geometry(scatter: Scatter) -> PlotGeometry:
    """True scores along, predicted ones up, on one scale that covers [0, 1] and whatever lies outside it."""
    low, high = _widened(min(0.0, *scatter.true, *scatter.predicted), max(1.0, *scatter.true, *scatter.predicted))
    left, right, top, bottom = _LEFT - 6, SIDE - _RIGHT, _TOP, SIDE - _BOTTOM

    def x_of(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    def y_of(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    dots = "".join(
        f"M{x_of(true):.1f} {y_of(predicted):.1f}h0"
        for true, predicted in zip(scatter.true, scatter.predicted, strict=True)
    )
    ticks = nice_ticks(low, high)
    return PlotGeometry(
        left, right, top, bottom,
        tuple(Tick(round(x_of(tick), 1), _label(tick)) for tick in ticks),
        tuple(Tick(round(y_of(tick), 1), _label(tick)) for tick in ticks),
        dots=dots,
    )  # fmt: skip


def shade(value: float | None, heat_map: HeatMap) -> int:
    """The shade of a figure: 0 is the palest, `SHADES` the strongest; a missing one has the palest."""
    if value is None:
        return 0
    share = (value - heat_map.low) / (heat_map.high - heat_map.low)
    return round(SHADES * min(max(share, 0.0), 1.0))


def _path(points: Sequence[tuple[Point, float]], y_of: Callable[[float], float]) -> str:
    path, pen = [], "M"
    for (_, y, _, _), x in points:
        if y is not None:
            path.append(f"{pen}{x} {y_of(y)}")
        pen = "M" if y is None else "L"
    return "".join(path)


def _points(points: Sequence[tuple[Point, float]], y_of: Callable[[float], float]) -> Iterator[PointGeometry]:
    for (_, y, low, high), x in points:
        if y is not None:
            yield PointGeometry(x, y_of(y), None if low is None else y_of(low), None if high is None else y_of(high))


def _widened(low: float, high: float) -> tuple[float, float]:
    margin = 0.04 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - margin, high + margin


def _fitted(label: str, width: float) -> str:
    """A label no wider than `width`: in two lines where one is too long and it has a place to break, and where that
    is not enough with its middle left out, as the versions of a bank differ at their end."""
    most = max(int(width / _CHARACTER), 3)
    if len(label) <= most:
        return label
    breaks = [at for at, character in enumerate(label, start=1) if character in " -" and at < len(label)]
    if not breaks:
        return _shortened(label, most)
    middle = min(breaks, key=lambda at: max(at, len(label) - at))
    return "\n".join(_shortened(part.strip(), most) for part in (label[:middle], label[middle:]))


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[-tail:]}"


def _label(tick: float) -> str:
    return f"{tick:.6g}".replace("-", "−")
