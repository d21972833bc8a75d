"""The rows of a table with a group of rows for each data set, or pair of them: Tables II and IV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from exiqa.bench.cells.record import Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.published import PublishedRow
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    RowOutcomes,
    column_of,
    entries_of,
    published_entry,
    published_label,
    row_of,
    standin_footnotes,
    with_significance,
)
from exiqa.bench.tables.parts.significance import mark_pairs
from exiqa.bench.tables.parts.table import Column, Entry, Row, mark_best


def group_rows(
    cells: Sequence[RowOutcomes],
    metrics: Sequence[str],
    footnotes: Footnotes,
    splits: int,
    notes_of: Callable[[RowOutcomes], Iterable[int]] = lambda cells: (),
) -> tuple[Row, ...]:
    """The rows of one group, ranked and tested against each other, each of ours followed by its gain.

    Args:
        cells: What each row is made of.
        metrics: Ids, a column each.
        footnotes: The table's.
        splits: Over how many splits a row should be.
        notes_of: Numbers of the footnotes to a row.
    """
    columns = [column_of(METRICS[metric]) for metric in metrics]
    rows = [row_of(row, entries_of(row, metrics, footnotes, splits), footnotes, notes_of(row)) for row in cells]
    records = [row.records for row in cells]
    tested = with_significance(mark_best(rows, columns), [(metric, records) for metric in metrics])
    return tuple(_with_gains(tested, records, metrics, columns))


def published_row(
    figures: Sequence[PublishedRow], metrics: Iterable[str], datasets: Iterable[str], footnotes: Footnotes
) -> Row:
    """The paper's row of a group.

    Args:
        figures: What the paper prints; what it does not print is missing in the row.
        metrics: Ids, a column each.
        datasets: Those of the group, by the names here, so that a stand-in is named as one.
        footnotes: The table's.
    """
    by_metric = {figure.metric: figure for figure in figures}
    entries = tuple(published_entry(by_metric.get(metric), footnotes) for metric in metrics)
    label = published_label(figures[0].method)
    return Row(label, "published", entries, figures[0].detail, standin_footnotes(datasets, footnotes))


def _with_gains(
    rows: Sequence[Row], records: Sequence[Sequence[Record]], metrics: Sequence[str], columns: Sequence[Column]
) -> list[Row]:
    """Each row of ours followed by its gain: its medians' lead over the better of the trivial rows' medians.

    A gain is tested too, all gains of a column as one family: ours against the trivial row that it is the lead over.
    """
    ours = [at for at, row in enumerate(rows) if row.kind == "ours"]
    trivial = [at for at, row in enumerate(rows) if row.kind == "trivial"]
    gains: dict[int, list[Entry]] = {at: [] for at in ours}
    for number, (metric, column) in enumerate(zip(metrics, columns, strict=True)):
        better = _better([rows[at].entries[number].median for at in trivial], column)
        rival = None if better is None else trivial[better]
        pairs = [(records[at], () if rival is None else records[rival]) for at in ours]
        constant = None if rival is None else rows[rival].entries[number].median
        for at, mark in zip(ours, mark_pairs(pairs, metric), strict=True):
            mine = rows[at].entries[number]
            if mine.median is None or constant is None:
                gains[at].append(Entry(cells=mine.cells))
                continue
            lead = mine.median - constant if column.direction == "higher" else constant - mine.median
            gains[at].append(Entry(lead, splits=mine.splits, cells=mine.cells, significance=mark))
    out = []
    for at, row in enumerate(rows):
        out.append(row)
        if at in gains:
            out.append(Row("Gain over the better trivial row", "gain", tuple(gains[at])))
    return out


def _better(medians: Sequence[float | None], column: Column) -> int | None:
    """Which of the trivial rows is the better; None without two of them, as the better is then not known."""
    known = [median for median in medians if median is not None]
    if len(known) < 2 or len(known) < len(medians):
        return None
    return known.index(max(known) if column.direction == "higher" else min(known))
