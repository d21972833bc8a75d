"""All tables of the paper at once."""

from __future__ import annotations

from collections.abc import Sequence

from bench.record import FailedCell, Record
from bench.said_once import say_once
from bench.table import Table
from bench.table_five import table_five
from bench.table_four import table_four
from bench.table_one import table_one
from bench.table_three import table_three, table_three_further
from bench.table_two import table_two
from bench.table_zero_shot import table_zero_shot

TABLES = (table_one, table_two, table_three, table_three_further, table_four, table_five, table_zero_shot)
"""In the paper's order, each from records and failures."""


def paper_tables(records: Sequence[Record], failures: Sequence[FailedCell] = ()) -> tuple[Table, ...]:
    """The tables that have a figure, or a reason why they have none; what their rows share is said once."""
    tables = (table(records, failures) for table in TABLES)
    return tuple(say_once(table) for table in tables if table.groups or table.notes)
