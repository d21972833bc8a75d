"""SRCC against the number of attributes that have a part in the score, as a plot."""

from __future__ import annotations

from collections.abc import Sequence

from exiqa.bench.cells.record import Record
from exiqa.bench.figures.line_plot import Line, LinePlot
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.attributes.attribute_counts import METRIC, attribute_series, number_label
from exiqa.bench.tables.parts.rows import median_entry


def attribute_plots(records: Sequence[Record]) -> tuple[LinePlot, ...]:
    """A plot for each data set: a line a method, a point a number of attributes, with the quartiles over the splits."""
    plots = []
    for label, series in attribute_series(records).items():
        lines = []
        for shared, of_series in series.items():
            points = []
            for number, of_number in of_series.items():
                entry = median_entry(of_number, METRIC)
                low, high = entry.quartiles or (None, None)
                points.append((number_label(number), entry.median, low, high))
            lines.append(Line(METHODS[shared.method].label, tuple(points)))
        metric = METRICS[METRIC]
        plots.append(
            LinePlot(
                title=f"{label}: {metric.label} by the number of attributes",
                x_label="Attributes in the score",
                y_label=f"{metric.label}, {metric.direction} is better",
                lines=tuple(lines),
                meaning="The median over the splits; a bar joins the quartiles.",
                cells=tuple(r.cell.id for s in series.values() for of_number in s.values() for r in of_number),
            )
        )
    return tuple(plots)
