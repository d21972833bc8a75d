"""Table II: identification of distortions on the data set that was trained on."""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.tables.paper.dataset_groups import group_rows, published_row
from exiqa.bench.tables.parts.notes import (
    GAIN,
    absence_notes,
    closing_words,
    method_terms,
    metric_terms,
    protocol_notes,
)
from exiqa.bench.tables.parts.published import published_rows, real_name
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    by_dataset_pair,
    column_of,
    dataset_pair,
    row_outcomes,
    seeds_of,
)
from exiqa.bench.tables.parts.table import RowGroup, Table


def table_two(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """Table II: a group of rows per data set.

    Takes what belongs to it out of `records` and `failures`. Each row of ours is followed by its gain: its median's
    lead over the better of the all-clean and the prior row's medians, positive where ours is better. The paper's own
    row of the data set ends the group.
    """
    chosen = [record for record in records if record.cell.table == "II"]
    failed = [failure for failure in failures if failure.cell.table == "II"]
    metrics = PROTOCOLS["identification"].metrics
    footnotes = Footnotes()
    groups = []
    for pair, of_pair in by_dataset_pair(chosen).items():
        name = pair[1]
        cells = row_outcomes(of_pair, [failure for failure in failed if dataset_pair(failure.cell) == pair])
        rows = group_rows(cells, tuple(metrics), footnotes, seeds_of(of_pair))
        figures = [figure for figure in published_rows("II") if figure.dataset == real_name(name)]
        if figures:
            rows = (*rows, published_row(figures, metrics, [name], footnotes))
        groups.append(RowGroup(f"{of_pair[0].test_label}, {len(of_pair[0].testset.distortions)} distortions", rows))
    notes, closing = closing_words(groups)
    return Table(
        name="Table II",
        title="Identification of distortions and their strengths on held-out photos",
        columns=tuple(column_of(metric) for metric in metrics.values()),
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(*protocol_notes(chosen), *notes, *absence_notes(chosen, failed)),
        legend=(
            *metric_terms(metrics.values()),
            *method_terms(chosen, failed),
            GAIN,
            *closing,
        ),
    )
