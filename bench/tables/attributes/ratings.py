"""What attributes say of what people rated beside quality: a table for each data set that has ratings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.notes import absence_notes, closing_words, method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    by_dataset_pair,
    dataset_pair,
    row_outcomes,
    rows_of_columns,
    seeds_of,
)
from exiqa.bench.tables.parts.table import Column, RowGroup, Table

METRIC = "rating_srcc"
NOTHING_FITTED = (
    "Nothing is fitted to the ratings: an answer is the mean P(a|I) of those attributes that are linked to the effects "
    "which speak of what was rated. A set's scale may run from little to much of it or from bad to good, so the sign "
    "is as it comes."
)


def rating_tables(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> tuple[Table, ...]:
    """A table for each data set: a row a method, a column a rating, and their mean.

    Takes what belongs to them out of `records` and `failures`.
    """
    chosen = [record for record in records if record.cell.table == "attributes"]
    failed = [failure for failure in failures if failure.cell.table == "attributes"]
    tables = []
    for pair, of_pair in by_dataset_pair(chosen).items():
        names = list(dict.fromkeys(name for record in of_pair for name in record.per_rating))
        tables.append(_table(of_pair, [f for f in failed if dataset_pair(f.cell) == pair], names))
    return tuple(tables)


def _table(records: Sequence[Record], failures: Sequence[FailedCell], names: Sequence[str]) -> Table:
    metric, footnotes, splits = METRICS[METRIC], Footnotes(), seeds_of(records)
    columns = [Column(name, metric.direction, metric.decimals) for name in (*names, "Mean")]
    outcomes = row_outcomes(records, failures)
    by_column = [[tuple(_of(record, name) for record in row.records) for row in outcomes] for name in (*names, None)]
    groups = (RowGroup("", rows_of_columns(outcomes, by_column, METRIC, columns, footnotes, splits)),)
    notes, closing = closing_words(groups)
    label = records[0].test_label
    return Table(
        name=f"Ratings of {label}",
        title=f"Attributes against what people rated in held-out photos of {label} (SRCC)",
        columns=tuple(columns),
        groups=groups,
        footnotes=footnotes.texts,
        notes=(NOTHING_FITTED, *protocol_notes(records), *notes, *absence_notes(records, failures)),
        legend=(*metric_terms([metric]), *method_terms(records, failures), *closing),
    )


def _of(record: Record, rating: str | None) -> Record:
    """The record with one rating's figure in the place of the mean; as it is for None."""
    if rating is None:
        return record
    value = record.per_rating.get(rating)
    undefined = {} if value is not None else {METRIC: f"no attribute of the bank speaks of {rating}"}
    return record.model_copy(update={"metrics": {METRIC: value}, "undefined": undefined, "intervals": {}})
