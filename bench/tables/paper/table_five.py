"""Table V: predicted quality on another data set than the one that was tuned on, the regressor fitted again there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.dataset_columns import measured_rows, with_published
from exiqa.bench.tables.notes import (
    absence_notes,
    closing_words,
    method_terms,
    metric_terms,
    protocol_notes,
    unchecked_notes,
)
from exiqa.bench.tables.published import PublishedRow, published_rows
from exiqa.bench.tables.rows import Footnotes, by_dataset_pair
from exiqa.bench.tables.table import Column, Table

METRIC = "srcc"
PROTOCOL = (
    "Tuned on A, tested on B: A's image tower and A's attributes, with a regressor fitted again on B's training split "
    "(what the paper calls zero-shot). Peers that are fitted are fitted to B's training split alone. Splits are B's."
)


def table_five(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """Table V: SRCC, a row per method, and a column per data set tested on under each one trained on.

    Takes what belongs to it out of `records` and `failures`. The paper's rows stand below. A figure whose test
    references show what references of the training set show has a footnote that counts them.
    """
    return across_table(
        [record for record in records if record.cell.table == "V"],
        [failed for failed in failures if failed.cell.table == "V"],
        name="Table V",
        title="Predicted quality (SRCC) on another data set, the regressor fitted again",
        protocol=PROTOCOL,
        figures=published_rows("V"),
    )


def across_table(
    chosen: Sequence[Record],
    failed: Sequence[FailedCell],
    *,
    name: str,
    title: str,
    protocol: str,
    figures: Sequence[PublishedRow],
) -> Table:
    """A table of SRCC across data sets from records and failures of one protocol, with the paper's `figures`."""
    pairs = tuple(by_dataset_pair(chosen))
    metric = METRICS[METRIC]
    columns = tuple(
        Column(test, metric.direction, metric.decimals, group=f"Trained on {train}") for train, test in pairs
    )
    footnotes = Footnotes()
    measured = measured_rows(chosen, failed, [METRIC], columns, footnotes)
    groups = with_published(measured, figures, pairs, [METRIC], footnotes)
    notes, closing = closing_words(groups)
    return Table(
        name=name,
        title=title,
        columns=columns,
        groups=groups,
        footnotes=footnotes.texts,
        notes=(
            *([protocol] if groups else []),
            *protocol_notes(chosen),
            *unchecked_notes(chosen),
            *notes,
            *absence_notes(chosen, failed),
        ),
        legend=(
            *metric_terms([metric]),
            *method_terms(chosen, failed),
            *closing,
        ),
    )
