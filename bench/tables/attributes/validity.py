"""The table of attribute validity: does each P(a|I) answer to what its phrase says, seen in the image's own pixels?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.protocol import PROTOCOLS
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

OF_THE_BANK = ("linked",)
"""Metrics that no model can be better at: not ranked."""
TRUTH = (
    "Truth is measured in pixels, by no distortion label, no opinion and no model: a phrase is linked to one or two of "
    "the effects that can be measured in an image beside its reference (loss of detail, grain, a block grid, a color "
    "cast, …), and it is as true of an image as they are visible there, from 0 (not seen) to 1 (complete). Each figure "
    "but “Siblings” and “Eff. rank” is over the linked attributes alone; a bank of which none is linked has none. "
    "A shuffled bank has ours' very phrases: untuned, it differs in “Within” and “Siblings” alone. "
    "Attributes that are constant leak nothing, so that impurity (OIS, NIS) is to be read beside the AUROC."
)


def validity_table(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """The figures of attributes: a group of rows for each data set, or pair of them, trained on → tested on.

    Takes what belongs to it out of `records` and `failures`.
    """
    chosen = [record for record in records if record.cell.table == "validity"]
    failed = [failure for failure in failures if failure.cell.table == "validity"]
    metrics = PROTOCOLS["validity"].metrics
    columns = [_column(name) for name in metrics]
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
        tested = [None if name in OF_THE_BANK else (name, by_row) for name in metrics]
        ranked = with_significance(mark_best(rows, columns), tested)
        groups.append(RowGroup(labelled_datasets(of_pair[0]), tuple(ranked)))
    notes, closing = closing_words(groups)
    return Table(
        name="Validity",
        title="Whether attributes answer to what is seen in held-out photos",
        columns=tuple(columns),
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(
            *([TRUTH] if groups else []),
            *protocol_notes(chosen),
            *unchecked_notes(chosen),
            *notes,
            *absence_notes(chosen, failed),
        ),
        legend=(*metric_terms(metrics.values()), *method_terms(chosen, failed), *closing),
    )


def _column(metric: str) -> Column:
    column = column_of(METRICS[metric])
    return replace(column, direction="none") if metric in OF_THE_BANK else column
