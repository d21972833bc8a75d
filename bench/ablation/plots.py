"""An ablation's line plots: a metric over the values of a factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exiqa.bench.ablation.ablation import FACTORS, Ablation, Choice, Series, choice_in_words, series_of
from exiqa.bench.ablation.table import labels_of, records_of
from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.figures.line_plot import Line, LinePlot, Point
from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.bench.tables.parts.rows import median_entry


def ablation_plots(ablation: Ablation, records: Sequence[Record]) -> tuple[LinePlot, ...]:
    """For each protocol and metric a plot a factor; of a full grid a line for each value of the second factor, and a
    plot for each combination of those that follow.

    A point is the median over the ablation's seeds, and missing where it is – in the table. Its interval is the
    interquartile range over the splits; of a single split its 95 % bootstrap interval over references.
    """
    done = {record.cell: record for record in records}
    return tuple(
        _plot(ablation, protocol, metric, shared, lines, done)
        for protocol in ablation.protocols
        for metric in PROTOCOLS[protocol].headline
        for shared, lines in _plotted_together(ablation)
    )


def _plotted_together(ablation: Ablation) -> list[tuple[Choice, list[Series]]]:
    """What the lines of each plot share besides the factor along the axis, and the lines."""
    if ablation.grid == "one":
        return [({}, [series]) for series in series_of(ablation)]
    second = tuple(ablation.factors)[1:2]
    plots: dict[str, tuple[Choice, list[Series]]] = {}
    for series in series_of(ablation):
        shared = {factor: value for factor, value in series.fixed.items() if factor not in second}
        plots.setdefault(choice_in_words(shared), (shared, []))[1].append(series)
    return list(plots.values())


def _plot(
    ablation: Ablation,
    protocol: ProtocolId,
    metric: str,
    shared: Choice,
    lines: Sequence[Series],
    records: Mapping[Cell, Record],
) -> LinePlot:
    measure, axis = PROTOCOLS[protocol].metrics[metric], FACTORS[lines[0].along].label
    method, dataset = labels_of(ablation, records)
    title = f"{dataset}, {protocol}: {measure.label} by {axis}"
    cells = [ablation.cell(arm, protocol) for series in lines for _, arm in series.arms if arm is not None]
    splits = len(ablation.seeds)
    return LinePlot(
        title=f"{title}, {choice_in_words(shared)}" if shared else title,
        x_label=axis,
        y_label=f"{measure.label}, {measure.direction} is better",
        lines=tuple(
            Line(
                choice_in_words({factor: value for factor, value in series.fixed.items() if factor not in shared})
                or method,
                _points(ablation, protocol, metric, series, records),
            )
            for series in lines
        ),
        meaning=f"Medians over {splits} splits; a bar is the interquartile range over them."
        if splits > 1
        else "One split; a bar is its 95 % bootstrap interval over references.",
        cells=tuple(record.cell.id for cell in cells for record in records_of(ablation, cell, records)),
    )


def _points(
    ablation: Ablation, protocol: ProtocolId, metric: str, series: Series, records: Mapping[Cell, Record]
) -> tuple[Point, ...]:
    points: list[Point] = []
    for value, arm in series.arms:
        measured = records_of(ablation, ablation.cell(arm, protocol), records) if arm is not None else ()
        entry = median_entry(measured, metric)
        interval = (
            entry.quartiles if len(ablation.seeds) > 1 else measured[0].intervals.get(metric) if measured else None
        )
        low, high = interval if interval is not None and entry.median is not None else (None, None)
        label = f"{value} (base)" if arm is ablation.base and ablation.grid == "one" else str(value)
        points.append((label, entry.median, low, high))
    return tuple(points)
