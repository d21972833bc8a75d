"""The rows of one split set beside each other, over its photos: what a published split allows to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.bench.cells.rated import of_what_was_rated
from exiqa.bench.cells.record import Record, read_predictions
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.one_split import (
    EQUIVALENCE_MARGIN,
    SAMPLES,
    Comparison,
    compare_scores,
    tie_groups,
)
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.notes import method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.rows import Footnotes, RowOutcomes, by_dataset_pair, entries_of, row_of, row_outcomes
from exiqa.bench.tables.parts.significance import LEVEL, holm
from exiqa.bench.tables.parts.table import UNRANKED_RULES, Column, Entry, Row, RowGroup, Table, Term

METRIC = "srcc"
FEW_PHOTOS = 100
"""Below so many, a difference of .1 is not found: nothing can be concluded of methods that are alike."""
COLUMNS = (
    Column("SRCC", "higher", 3),
    Column("95 %", "none", 3),
    Column("Behind the best", "none", 3),
    Column("95 %", "none", 3, group=""),
    Column("p", "none", 4),
    Column("Detectable", "none", 3),
    Column("Equivalent", "none", 0),
    Column("Group", "none", 0),
)
LEGEND = (
    Term("Behind the best", "the best row's SRCC minus this one's, on the same photos, with its 95 % interval by the "
         f"paired bootstrap over photos ({SAMPLES} draws)"),
    Term("p", f"two-sided, by permutation: the two rows' ranks are swapped photo by photo ({SAMPLES} draws), after "
         "Holm's correction over the rows"),
    Term("Detectable", f"the smallest true difference that this test, at {LEVEL:g}, finds with a chance of .80"),
    Term("Equivalent", f"whether the 90 % interval of the difference lies within ±{EQUIVALENCE_MARGIN:g} (two "
         "one-sided tests at .05); the margin was stated before any figure was seen. “not shown” says nothing of a "
         "difference"),
    Term("Group", "rows of a group are not told apart from its best; 1 is the best group, and has no winner in it"),
)  # fmt: skip
OVER_PHOTOS = (
    "One split, so that nothing is said of other training sides: intervals and tests are over its held-out photos, and "
    "hold for these fitted predictors on other photos like them."
)


@dataclass(frozen=True)
class _Predicted:
    """One row's predictions on the split's photos."""

    record: Record
    scores: np.ndarray
    truth: np.ndarray


def one_split_tables(records: Sequence[Record], folder: Path) -> tuple[Table, ...]:
    """A table for each data set whose scores were predicted on one split alone, by two rows or more.

    Args:
        records: Those of a report; what belongs to the tables is taken.
        folder: Where the predictions lie beside them.

    Raises:
        UserError: A record's predictions are missing or changed.
    """
    return tuple(_table([_read(record, folder) for record in group]) for group in compared_photo_by_photo(records))


def compared_photo_by_photo(records: Sequence[Record]) -> list[list[Record]]:
    """The records whose predictions `one_split_tables` reads, table by table."""
    chosen = [
        r
        for r in records
        if r.cell.table == "III" and r.metrics.get(METRIC) is not None and not METHODS[r.cell.method].draws
    ]  # fmt: skip
    return [
        of_pair
        for of_pair in by_dataset_pair(chosen).values()
        if len({record.hashes.split for record in of_pair}) == 1 and len(by_variant(of_pair)) > 1
    ]


def _read(record: Record, folder: Path) -> _Predicted:
    frame = of_what_was_rated(read_predictions(folder, record)).sort_values("image")
    return _Predicted(record, frame["predicted"].to_numpy(np.float64), frame["true"].to_numpy(np.float64))


def _table(predicted: Sequence[_Predicted]) -> Table:
    order = sorted(range(len(predicted)), key=lambda number: -(predicted[number].record.metrics[METRIC] or 0))
    best = order[0]
    against = {number: _compare(predicted[best], predicted[number]) for number in order[1:]}
    adjusted = dict(zip(against, holm([one.p for one in against.values()]), strict=True))

    def apart(head: int, other: int) -> bool:
        # Of the best group the corrected tests are there; a later group's first is tested against each in turn.
        if head == best:
            return adjusted[other] < LEVEL
        return _compare(predicted[head], predicted[other]).p < LEVEL

    groups = tie_groups(order, apart)
    records = [one.record for one in predicted]
    place = {record.cell.id: number for number, record in enumerate(records)}
    footnotes = Footnotes()
    rows: list[tuple[int, Row]] = []
    for outcome in row_outcomes(records):
        number = place[outcome.records[0].cell.id]
        entry = entries_of(outcome, [METRIC], footnotes, 1)[0]
        row = _row(outcome, entry, against.get(number), adjusted.get(number), groups[number], footnotes)
        rows.append((order.index(number), row))
    rows.sort(key=lambda pair: pair[0])
    photos = len(predicted[0].truth)
    few = (
        [f"{photos} photos only: even a difference of .1 would not be found, so that rows which are alike here need "
         "not be alike."] if photos < FEW_PHOTOS else []
    )  # fmt: skip
    label = records[0].test_label
    return Table(
        name=f"One split of {label}",
        title=f"{METRICS[METRIC].label} on the {photos} held-out photos of one split of {label}",
        columns=COLUMNS,
        groups=(RowGroup("", tuple(row for _, row in rows)),),
        footnotes=footnotes.texts,
        notes=(OVER_PHOTOS, *few, *protocol_notes(records)),
        legend=(*metric_terms([METRICS[METRIC]]), *LEGEND, *method_terms(records), *UNRANKED_RULES),
    )


def _compare(first: _Predicted, second: _Predicted) -> Comparison:
    return compare_scores(first.scores, second.scores, first.truth)


def _row(
    outcome: RowOutcomes, entry: Entry, one: Comparison | None, p: float | None, group: int, footnotes: Footnotes
) -> Row:
    cells = entry.cells
    interval = Entry(text=_span(entry.interval), cells=cells) if entry.interval else Entry(cells=cells)
    behind = [Entry(text="best", cells=cells), *[Entry(cells=cells)] * 4]
    if one is not None:
        behind = [
            Entry(one.difference, splits=1, cells=cells),
            Entry(text=_span(one.interval), cells=cells),
            Entry(p, splits=1, cells=cells),
            Entry(one.detectable, splits=1, cells=cells),
            Entry(text="yes" if one.equivalence == "equivalent" else one.equivalence, cells=cells),
        ]
    return row_of(outcome, [entry, interval, *behind, Entry(group, splits=1, cells=cells)], footnotes)


def _span(interval: tuple[float, float]) -> str:
    low, high = (f"{end:.3f}".replace("-", "−") for end in interval)
    return f"{low} to {high}"
