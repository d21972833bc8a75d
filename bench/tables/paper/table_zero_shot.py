"""The true zero-shot: predicted quality on another data set with nothing fitted to it. The paper has no such table."""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.tables.paper.table_five import METRIC, across_table
from exiqa.bench.tables.parts.table import Table

PROTOCOL = (
    "Tuned on A, tested on B: A's image tower, attributes and regressor, carried over with nothing fitted to B. This "
    "is harder than Table V, whose regressor is fitted again on B. Peers "
    "that are fitted are fitted to A. Only the test images of B's splits are used."
)


def table_zero_shot(records: Iterable[Record], failures: Iterable[FailedCell] = (), metric: str = METRIC) -> Table:
    """SRCC, or another metric, with nothing fitted to the data set tested on.

    Takes what belongs to it out of `records` and `failures`; columns and footnotes as in Table V, no published rows.
    """
    return across_table(
        [record for record in records if record.cell.table == "zero-shot"],
        [failed for failed in failures if failed.cell.table == "zero-shot"],
        metric=metric,
        name="Zero-shot",
        title="Predicted quality ({metric}) on another data set, nothing fitted to it",
        protocol=PROTOCOL,
        figures=(),
    )
