"""Table V: predicted quality on another data set than the one that was tuned on, the regressor fitted again there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.paper.dataset_columns import measured_rows, with_published
from exiqa.bench.tables.parts.notes import (
    absence_notes,
    closing_words,
    method_terms,
    metric_terms,
    protocol_notes,
    unchecked_notes,
)
from exiqa.bench.tables.parts.published import PublishedRow, published_rows
from exiqa.bench.tables.parts.rows import Footnotes, by_dataset_pair
from exiqa.bench.tables.parts.table import Column, Table

METRIC = "srcc"
"""The paper's; another package's metric has a table of its own."""
PROTOCOL = (
    "Tuned on A, tested on B: A's image tower and A's attributes, with a regressor fitted again on B's training split "
    "(what the paper calls zero-shot). Peers that are fitted are fitted to B's training split alone. Splits are B's."
)


def table_five(records: Iterable[Record], failures: Iterable[FailedCell] = (), metric: str = METRIC) -> Table:
    """Table V: SRCC, a row per method, and a column per data set tested on under each one trained on.

    Takes what belongs to it out of `records` and `failures`. The paper's rows stand below. A figure whose test
    references show what references of the training set show has a footnote that counts them. Of another `metric` it
    is made likewise, without the paper's rows.
    """
    return across_table(
        [record for record in records if record.cell.table == "V"],
        [failed for failed in failures if failed.cell.table == "V"],
        metric=metric,
        name="Table V",
        title="Predicted quality ({metric}) on another data set, the regressor fitted again",
        protocol=PROTOCOL,
        figures=published_rows("V") if metric == METRIC else (),
    )


def across_table(
    chosen: Sequence[Record],
    failed: Sequence[FailedCell],
    *,
    metric: str,
    name: str,
    title: str,
    protocol: str,
    figures: Sequence[PublishedRow],
) -> Table:
    """A table of one metric across data sets from records and failures of one protocol, with the paper's `figures`.

    `{metric}` in the title is the metric's name, which the name of a table of another than the paper's ends in.
    """
    by_pair = by_dataset_pair(chosen)
    pairs = tuple(by_pair)
    shown = METRICS[metric]
    columns = tuple(
        Column(
            first.test_label, shown.direction, shown.decimals, shown.percent, group=f"Trained on {first.train_label}"
        )
        for first, *_ in by_pair.values()
    )
    footnotes = Footnotes()
    measured = measured_rows(chosen, failed, [metric], columns, footnotes)
    groups = with_published(measured, figures, pairs, [metric], footnotes)
    notes, closing = closing_words(groups)
    return Table(
        name=name if metric == METRIC else f"{name}, {shown.label}",
        title=title.replace("{metric}", shown.label),
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
            *metric_terms([shown]),
            *method_terms(chosen, failed),
            *closing,
        ),
    )
