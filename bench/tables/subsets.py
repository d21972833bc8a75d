"""Scores within the parts of a data set: what is left once telling the parts apart is worth nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.notes import closing_words, method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    by_dataset_pair,
    dataset_pair,
    row_outcomes,
    rows_of_columns,
    seeds_of,
)
from exiqa.bench.tables.parts.table import Column, RowGroup, Table, Term

METRIC = "srcc"
WITHIN = Term(
    "Within, mean",
    "the mean of the figures within the parts, split by split; the parts of a set may differ in their mean score, and "
    "what tells them apart has a high figure over all photos without saying anything of a photo",
)


def subset_tables(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> tuple[Table, ...]:
    """A table for each data set with parts: SRCC over all test images, within each part, and the mean of the parts.

    Takes what belongs to them out of `records` and `failures`. A set whose records have one part alone has no table.
    """
    chosen = [r for r in records if r.cell.table == "III" and r.cell.attributes is None]
    failed = [f for f in failures if f.cell.table == "III" and f.cell.attributes is None]
    tables = []
    for pair, of_pair in by_dataset_pair(chosen).items():
        names = sorted({name for record in of_pair for name in record.per_subset})
        if len(names) > 1:
            tables.append(_table(of_pair, [f for f in failed if dataset_pair(f.cell) == pair], names))
    return tuple(tables)


def _table(records: Sequence[Record], failures: Sequence[FailedCell], names: Sequence[str]) -> Table:
    metric = METRICS[METRIC]
    label = records[0].test_label
    columns = [Column(name, metric.direction, metric.decimals) for name in ("All", *names, "Within, mean")]
    footnotes = Footnotes()
    outcomes = row_outcomes(records, failures)
    splits = seeds_of(records)
    by_column = [
        [tuple(_of(part, column, names) for part in row.records) for row in outcomes] for column in range(len(columns))
    ]
    groups = (RowGroup("", rows_of_columns(outcomes, by_column, METRIC, columns, footnotes, splits)),)
    notes, closing = closing_words(groups)
    sizes = {name: [r.per_subset[name].images for r in records if name in r.per_subset] for name in names}
    counted = ", ".join(
        f"{name} {min(of)}" + (f" to {max(of)}" if max(of) > min(of) else "") for name, of in sizes.items()
    )
    return Table(
        name=f"Within the parts of {label}",
        title=f"{metric.label} over all held-out photos of {label} and within its parts",
        columns=tuple(columns),
        groups=groups,
        footnotes=footnotes.texts,
        notes=(*protocol_notes(records), f"Held-out photos a split: {counted}.", *notes),
        legend=(*metric_terms([metric]), WITHIN, *method_terms(records, failures), *closing),
    )


def _of(record: Record, column: int, names: Sequence[str]) -> Record:
    """The record as it would be over the images of one column: all, one part, or the mean of the parts."""
    if column == 0:
        return record
    if column <= len(names):
        return of_subset(record, names[column - 1])
    values = [of_subset(record, name).metrics[METRIC] for name in names]
    known = [value for value in values if value is not None]
    whole = len(known) == len(names)
    mean = float(np.mean(known)) if whole else None
    undefined = {} if whole else {METRIC: "it is not defined within a part"}
    images = min((record.per_subset[name].images for name in names if name in record.per_subset), default=0)
    testset = record.testset.model_copy(update={"images": images})
    update = {"metrics": {METRIC: mean}, "undefined": undefined, "intervals": {}, "testset": testset}
    return record.model_copy(update=update)


def of_subset(record: Record, name: str) -> Record:
    """A record with the figures of one part of its data set in the place of all images'."""
    figures = record.per_subset.get(name)
    if figures is None:
        why = {METRIC: f"no held-out photo is in {name}"}
        return record.model_copy(update={"metrics": {METRIC: None}, "undefined": why, "intervals": {}})
    testset = record.testset.model_copy(update={"images": figures.images})
    update = {"metrics": figures.metrics, "undefined": figures.undefined, "intervals": figures.intervals}
    return record.model_copy(update={**update, "testset": testset})
