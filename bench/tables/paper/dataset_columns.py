"""Tables with a row per method and columns for each data set, or pair of them: Tables III and V, and the zero-shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.tables.parts.notes import leakage
from exiqa.bench.tables.parts.published import PublishedRow, real_name
from exiqa.bench.tables.parts.rows import (
    DatasetPair,
    Footnotes,
    RowOutcomes,
    average_entry,
    by_dataset_pair,
    dataset_pair,
    entries_of,
    published_entry,
    published_label,
    row_of,
    row_outcomes,
    seeds_of,
    standin_footnotes,
    with_significance,
)
from exiqa.bench.tables.parts.table import Column, Entry, Row, RowGroup, mark_best


def measured_rows(
    records: Sequence[Record],
    failures: Sequence[FailedCell],
    metrics: Sequence[str],
    columns: Sequence[Column],
    footnotes: Footnotes,
) -> tuple[Row, ...]:
    """A row per method (and setting), ranked and tested against each other.

    A figure whose test references show what references of the training set show has a footnote that counts them.

    Args:
        records: Of the table's cells.
        failures: Of the table's cells; those on other pairs of data sets than the records' are left out.
        metrics: Ids.
        columns: The metrics on each pair of `by_dataset_pair(records)`, then, if they go on, the metrics' averages over
            the pairs.
        footnotes: The table's.
    """
    groups = by_dataset_pair(records)
    splits = {pair: seeds_of(of_pair) for pair, of_pair in groups.items()}
    with_average = len(columns) > len(groups) * len(metrics)
    outcomes = row_outcomes(records, [failure for failure in failures if dataset_pair(failure.cell) in groups])
    parts = [row.by_dataset_pair(groups) for row in outcomes]
    rows = mark_best(
        [_row(row, part, splits, metrics, footnotes, with_average) for row, part in zip(outcomes, parts, strict=True)],
        columns,
    )
    tested: list[tuple[str, list[tuple[Record, ...]]] | None] = []
    for pair in groups:
        records_by_row = [part[pair].records for part in parts]
        tested += [(metric, records_by_row) for metric in metrics]
    return tuple(with_significance(rows, [*tested, *([None] * len(metrics) if with_average else [])]))


def _row(
    outcomes: RowOutcomes,
    parts: Mapping[DatasetPair, RowOutcomes],
    splits: Mapping[DatasetPair, int],
    metrics: Sequence[str],
    footnotes: Footnotes,
    with_average: bool,
) -> Row:
    entries: list[Entry] = []
    for pair, part in parts.items():
        leaked = leakage(part.records)
        numbers = [footnotes.number(leaked)] if leaked else []
        of_pair = entries_of(part, metrics, footnotes, splits[pair])
        entries += [replace(e, footnotes=(*e.footnotes, *numbers)) for e in of_pair] if numbers else of_pair
    if with_average:
        entries += [average_entry(entries[number :: len(metrics)]) for number in range(len(metrics))]
    return row_of(outcomes, entries, footnotes)


def with_published(
    measured: Sequence[Row],
    figures: Sequence[PublishedRow],
    pairs: Sequence[DatasetPair],
    metrics: Sequence[str],
    footnotes: Footnotes,
    averages: Sequence[PublishedRow] | None = None,
) -> tuple[RowGroup, ...]:
    """The groups of a table: what was measured and, where the paper has figures in one of the columns, its rows.

    Args:
        measured: The rows that were measured here; without any there are no groups.
        figures: What the paper prints.
        pairs: The data sets of the columns.
        metrics: Ids, in each pair's columns.
        footnotes: The table's.
        averages: Figures for the columns that average the pairs, none where the paper's are over other data sets; None
            where the table has no such columns.
    """
    if not measured:
        return ()
    by_key = {(figure.method, figure.train, figure.dataset, figure.metric): figure for figure in figures}
    averages_by_key = {(figure.method, figure.metric): figure for figure in averages or ()}
    columns = [(real_name(train), real_name(test), metric) for train, test in pairs for metric in metrics]
    rows = []
    for method in dict.fromkeys(figure.method for figure in figures):
        cited = [by_key.get((method, *column)) for column in columns]
        if any(cited):
            cited += [averages_by_key.get((method, metric)) for metric in metrics] if averages is not None else []
            entries = tuple(published_entry(figure, footnotes) for figure in cited)
            numbers = standin_footnotes([name for place in pairs for name in place], footnotes)
            rows.append(Row(published_label(method), "published", entries, footnotes=numbers))
    if not rows:
        return (RowGroup("", tuple(measured)),)
    return (
        RowGroup("Measured here", tuple(measured)),
        RowGroup("Published in the paper, not measured here", tuple(rows)),
    )
