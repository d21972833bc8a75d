"""A table of one protocol: a group of rows for each data set, or pair of them, and a column for each metric."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.protocol import PROTOCOLS, ProtocolId
from exiqa.bench.tables.parts.notes import (
    absence_notes,
    closing_words,
    leakage,
    method_terms,
    metric_terms,
    protocol_notes,
    unchecked_notes,
)
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    by_dataset_pair,
    column_of,
    dataset_pair,
    entries_of,
    row_of,
    row_outcomes,
    seeds_of,
    with_significance,
)
from exiqa.bench.tables.parts.table import Column, RowGroup, Table, mark_best


def table_by_dataset(
    protocol: ProtocolId,
    records: Iterable[Record],
    failures: Iterable[FailedCell],
    *,
    name: str,
    title: str,
    about: Sequence[str],
    unranked: Collection[str] = (),
) -> Table:
    """The figures of a protocol that has a table of its own.

    Args:
        protocol: Whose records and failures are taken out of those given.
        records: All of a report.
        failures: Likewise.
        name: Of the table.
        title: Of the table.
        about: Notes that come first, where there is a figure.
        unranked: Ids of metrics that no row can be better at.
    """
    metrics = PROTOCOLS[protocol].metrics
    chosen = [record for record in records if record.cell.protocol == protocol]
    failed = [failure for failure in failures if failure.cell.protocol == protocol]
    columns = [_column(metric, unranked) for metric in metrics]
    footnotes = Footnotes()
    groups = []
    for pair, of_pair in by_dataset_pair(chosen).items():
        outcomes = row_outcomes(of_pair, [failure for failure in failed if dataset_pair(failure.cell) == pair])
        splits = seeds_of(of_pair)
        rows = [
            row_of(
                row,
                entries_of(row, metrics, footnotes, splits),
                footnotes,
                [footnotes.number(text)] if (text := leakage(row.records)) else [],
            )
            for row in outcomes
        ]
        by_row = [row.records for row in outcomes]
        tested = [None if metric in unranked else (metric, by_row) for metric in metrics]
        ranked = with_significance(mark_best(rows, columns), tested)
        groups.append(RowGroup(labelled_datasets(of_pair[0]), tuple(ranked)))
    notes, closing = closing_words(groups)
    return Table(
        name=name,
        title=title,
        columns=tuple(columns),
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(
            *(about if groups else ()),
            *protocol_notes(chosen),
            *unchecked_notes(chosen),
            *notes,
            *absence_notes(chosen, failed),
        ),
        legend=(*metric_terms(metrics.values()), *method_terms(chosen, failed), *closing),
    )


def _column(metric: str, unranked: Collection[str]) -> Column:
    column = column_of(METRICS[metric])
    return replace(column, direction="none") if metric in unranked else column
