"""The true zero-shot: predicted quality on another data set with nothing fitted to it. The paper has no such table."""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.tables.paper.table_five import across_table
from exiqa.bench.tables.table import Table

PROTOCOL = (
    "Tuned on A, tested on B: A's image tower, attributes and regressor, carried over with nothing fitted to B. This "
    "is harder than Table V, whose regressor is fitted again on B. Peers "
    "that are fitted are fitted to A. Only the test images of B's splits are used."
)


def table_zero_shot(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> Table:
    """SRCC with nothing fitted to the data set tested on; columns and footnotes as in Table V, no published rows.

    Takes what belongs to it out of `records` and `failures`.
    """
    return across_table(
        [record for record in records if record.cell.table == "zero-shot"],
        [failed for failed in failures if failed.cell.table == "zero-shot"],
        name="Zero-shot",
        title="Predicted quality (SRCC) on another data set, nothing fitted to it",
        protocol=PROTOCOL,
        figures=(),
    )
