"""All tables of a report at once: the paper's, and of what the paper does not ask."""

from __future__ import annotations

from collections.abc import Sequence

from exiqa.bench.cells.dataset_record import DatasetRecord, FailedDataset
from exiqa.bench.cells.record import FailedCell, Record
from exiqa.bench.metrics.registry import with_added
from exiqa.bench.tables.attributes.among_banks import bank_table
from exiqa.bench.tables.attributes.attribute_counts import attribute_table
from exiqa.bench.tables.attributes.lead_parts import lead_table
from exiqa.bench.tables.attributes.ratings import rating_tables
from exiqa.bench.tables.attributes.validity import validity_table
from exiqa.bench.tables.paper.table_five import table_five
from exiqa.bench.tables.paper.table_four import table_four
from exiqa.bench.tables.paper.table_one import table_one
from exiqa.bench.tables.paper.table_three import table_three, table_three_further
from exiqa.bench.tables.paper.table_two import table_two
from exiqa.bench.tables.paper.table_zero_shot import table_zero_shot
from exiqa.bench.tables.parts.shared_settings import note_shared_settings
from exiqa.bench.tables.parts.table import Table
from exiqa.bench.tables.subsets import subset_tables
from exiqa.bench.tables.unseen import unseen_table

TABLES = (
    table_two,
    table_three,
    table_three_further,
    table_four,
    table_five,
    table_zero_shot,
    unseen_table,
    validity_table,
)
"""Those of figures in the paper's order and ours after them, each from records and failures."""


def paper_tables(
    records: Sequence[Record],
    failures: Sequence[FailedCell] = (),
    datasets: Sequence[DatasetRecord] = (),
    uncounted: Sequence[FailedDataset] = (),
) -> tuple[Table, ...]:
    """The tables that have a figure, or a reason why they have none; what their rows share is said once."""
    tables = (
        table_one(datasets, uncounted),
        *(table(records, failures) for table in TABLES),
        *subset_tables(records, failures),
        attribute_table(records),
        bank_table(records),
        lead_table(records),
        *rating_tables(records, failures),
        *_of_added_metrics(records, failures),
    )
    return tuple(note_shared_settings(table) for table in tables if table.groups or table.notes)


def _of_added_metrics(records: Sequence[Record], failures: Sequence[FailedCell]) -> list[Table]:
    """Across data sets a table has one metric, so each that another package adds, and a record has, gets its own."""
    measured = {name for record in records for name in record.metrics}
    fitted_again = [table_five(records, failures, name) for name in with_added("quality", ()) if name in measured]
    carried_over = [
        table_zero_shot(records, failures, name) for name in with_added("zero_shot", ()) if name in measured
    ]
    return [table for table in (*fitted_again, *carried_over) if table.groups]
