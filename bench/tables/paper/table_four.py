"""Table IV: identification on another data set than the one that was tuned on."""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS, with_added
from exiqa.bench.tables.paper.dataset_groups import group_rows, published_row
from exiqa.bench.tables.parts.notes import (
    GAIN,
    absence_notes,
    closing_words,
    leakage,
    method_terms,
    metric_terms,
    protocol_notes,
    unchecked_notes,
)
from exiqa.bench.tables.parts.published import published_rows, real_name
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    RowOutcomes,
    by_dataset_pair,
    column_of,
    dataset_pair,
    row_outcomes,
)
from exiqa.bench.tables.parts.table import RowGroup, Table

SHOWN = ("accuracy", "rmse", "active_accuracy", "map")
PROTOCOL = (
    "A → B: the image tower tuned on A names B's distortions, read out with B's attributes; nothing of it is fitted "
    "to B. The trivial rows are B's own: the prior, unlike ours, is fitted to B's training split. Splits are B's."
)


def table_four(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """Table IV: a group of rows for each pair of data sets, trained on → tested on.

    Takes what belongs to it out of `records` and `failures`. The all-clean and the prior row are, where they were not
    run for the pair, those of B alone (Table II) on the same splits, which they equal; gains are against the better of
    them. A row whose test references show what references of the training set show has a footnote that counts them.
    """
    records = tuple(records)
    chosen = [record for record in records if record.cell.table == "IV"]
    failed = [failure for failure in failures if failure.cell.table == "IV"]
    metrics = with_added("identification", SHOWN)
    footnotes = Footnotes()
    groups = []
    trivial: list[Record] = []
    singles = by_dataset_pair(r for r in records if r.cell.table == "II" and METHODS[r.cell.method].kind == "trivial")

    def notes_of(row: RowOutcomes) -> list[int]:
        text = leakage(row.records)
        return [footnotes.number(text)] if text else []

    for pair, of_pair in by_dataset_pair(chosen).items():
        train, test = pair
        seeds = {record.cell.seed for record in of_pair}
        run_for_pair = {record.cell.method for record in of_pair}
        of_test = [
            record
            for record in singles.get((test, test), ())
            if record.cell.seed in seeds and record.cell.method not in run_for_pair
        ]
        trivial += of_test
        cells = row_outcomes(
            [*of_test, *of_pair], [failure for failure in failed if dataset_pair(failure.cell) == pair]
        )
        rows = group_rows(cells, metrics, footnotes, len(seeds), notes_of)
        figures = [f for f in published_rows("IV") if (f.train, f.dataset) == (real_name(train), real_name(test))]
        if figures:
            rows = (*rows, published_row(figures, metrics, pair, footnotes))
        groups.append(
            RowGroup(f"{labelled_datasets(of_pair[0])}, {len(of_pair[0].testset.distortions)} distortions", rows)
        )
    notes, closing = closing_words(groups)
    return Table(
        name="Table IV",
        title="Identification of distortions on another data set",
        columns=tuple(column_of(METRICS[metric]) for metric in metrics),
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(
            *([PROTOCOL] if groups else []),
            *protocol_notes(chosen),
            *unchecked_notes(chosen),
            *notes,
            *absence_notes(chosen, failed),
        ),
        legend=(
            *metric_terms(METRICS[metric] for metric in metrics),
            *method_terms([*trivial, *chosen], failed),
            GAIN,
            *closing,
        ),
    )
