"""The CSV renderer: a line a figure, unrounded beside printed, ready for pandas, R or a spreadsheet."""

from __future__ import annotations

import csv
import io

from exiqa.bench.tables.parts.table import Table, format_entry, join_settings
from exiqa.core.console import safe_cell

HEADER = ("table", "group", "row", "detail", "kind", "column_group", "column", "direction", "printed", "value",
          "first_quartile", "third_quartile", "interval_low", "interval_high", "splits", "images", "mark",
          "significance", "footnotes", "cells")  # fmt: skip
"""`value` is the unrounded figure, a fraction where `printed` is in percent; `interval_low` and `interval_high` are
the ends of its 95 % bootstrap interval over references (`Entry.interval`); `images` are the test images of a split;
`cells` are the ids at the end of the names of the records that it was taken from."""


def csv_table(table: Table) -> str:
    """The table as CSV (UTF-8, commas, "\\n"), with `HEADER`. Its notes and legend are left to the other renderers."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    heads = [
        (safe_cell(column.group), safe_cell(column.label + (" %" if column.percent else "")), column.direction)
        for column in table.columns
    ]
    footnotes = [safe_cell(text) for text in table.footnotes]
    for group in table.groups:
        for row in group.rows:
            detail = join_settings(row.settings) or row.detail  # whole: the note of what rows share is not in this file
            names = [safe_cell(text) for text in (table.name, group.label, row.label, detail, row.kind)]
            for head, column, entry in zip(heads, table.columns, row.entries, strict=True):
                ends = (*(entry.quartiles or (None, None)), *(entry.interval or (None, None)))
                shown = format_entry(entry, column, signed=row.kind == "gain")
                writer.writerow(
                    [
                        *names,
                        *head,
                        safe_cell(shown) if entry.text else shown,
                        *("" if number is None else repr(float(number)) for number in (entry.median, *ends)),
                        entry.splits,
                        "" if entry.images is None else entry.images,
                        entry.mark,
                        entry.significance,
                        " ".join(footnotes[number - 1] for number in dict.fromkeys((*row.footnotes, *entry.footnotes))),
                        " ".join(entry.cells),
                    ]
                )
    return stream.getvalue()
