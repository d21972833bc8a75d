"""Table III: predicted quality on the data set that was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import METRICS, with_added
from exiqa.bench.tables.paper.dataset_columns import measured_rows, with_published
from exiqa.bench.tables.parts.notes import absence_notes, closing_words, method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.published import AVERAGE, published_rows, real_name
from exiqa.bench.tables.parts.rows import Footnotes, by_dataset_pair, column_of
from exiqa.bench.tables.parts.table import Table, Term

SHOWN = ("plcc", "srcc", "score_rmse")
FURTHER = ("plcc_logistic", "krcc")
AVERAGE_TERM = Term("Average", "the mean of the data sets' medians")


def table_three(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """Table III: a row per method and a group of columns per data set, then their average.

    Takes what belongs to it out of `records` and `failures`. The average stands only where there are two data sets or
    more, and is missing where one of them is. The paper's rows stand below, its averages only where the table has the
    five data sets that they are over.
    """
    return _table(records, failures, SHOWN, "Table III", "Predicted quality on held-out photos")


def table_three_further(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """What is reported beside Table III: PLCC after a fitted logistic, Kendall's correlation, and added metrics."""
    title = "Predicted quality on held-out photos, further metrics"
    return _table(records, failures, with_added("quality", FURTHER), "Table III b", title)


def _table(
    records: Iterable[Record], failures: Iterable[FailedCell], metrics: Sequence[str], name: str, title: str
) -> Table:
    # Scores of a few attributes have a table of their own (`exiqa.bench.tables.attributes.attribute_counts`).
    chosen = [record for record in records if record.cell.table == "III" and record.cell.attributes is None]
    failed = [failure for failure in failures if failure.cell.table == "III" and failure.cell.attributes is None]
    by_pair = by_dataset_pair(chosen)
    pairs = tuple(by_pair)
    headers = [of_pair[0].test_label for of_pair in by_pair.values()]
    if len(pairs) > 1:
        headers.append("Average")
    columns = tuple(column_of(METRICS[metric], header) for header in headers for metric in metrics)
    footnotes = Footnotes()
    measured = measured_rows(chosen, failed, metrics, columns, footnotes)
    figures = [figure for figure in published_rows("III") if figure.dataset != AVERAGE]
    averages = None
    if len(pairs) > 1:
        # The paper's average is over its five data sets, and says nothing beside one over others.
        whole = sorted(real_name(test) for _, test in pairs) == sorted({figure.dataset for figure in figures})
        averages = [figure for figure in published_rows("III") if whole and figure.dataset == AVERAGE]
    groups = with_published(measured, figures, pairs, metrics, footnotes, averages)
    notes, closing = closing_words(groups)
    return Table(
        name=name,
        title=title,
        columns=columns,
        groups=groups,
        footnotes=footnotes.texts,
        notes=(*protocol_notes(chosen), *notes, *absence_notes(chosen, failed)),
        legend=(
            *metric_terms(METRICS[metric] for metric in metrics),
            *method_terms(chosen, failed),
            *([AVERAGE_TERM] if len(pairs) > 1 else []),
            *closing,
        ),
    )
