"""The terminal renderer."""

from __future__ import annotations

import rich
from rich.markup import escape
from rich.table import Table as RichTable

from bank.console import printable
from bench.table import ARROWS, SIGNIFICANCE_SIGNS, Table, format_entry

_STYLES = {"best": "[bold]{}[/bold]", "second": "[underline]{}[/underline]", "": "{}"}


def print_table(table: Table) -> None:
    """Print a table with its footnotes and notes to standard output. Quartiles and the legend are left to reports."""
    shown = RichTable(title=f"{_safe(table.name)}. {_safe(table.title)}", title_justify="left", caption_justify="left")
    shown.add_column(_safe(table.stub))
    for column in table.columns:
        over = f"{_safe(column.group)}\n" if column.group else ""
        percent = " %" if column.percent else ""
        shown.add_column(f"{over}{_safe(column.label)}{percent} {ARROWS[column.direction]}", justify="right")
    for group in table.groups:
        if group.label:
            shown.add_section()
            shown.add_row(f"[dim]{_safe(group.label)}[/dim]")
        for row in group.rows:
            figures = [
                _STYLES[entry.mark].format(_safe(format_entry(entry, column, signed=row.kind == "gain")))
                + SIGNIFICANCE_SIGNS[entry.significance]
                + "".join(f" ({number})" for number in entry.footnotes)
                for entry, column in zip(row.entries, table.columns, strict=True)
            ]
            detail = f"\n[dim]{_safe(row.detail)}[/dim]" if row.detail else ""
            numbers = "".join(f" ({number})" for number in row.footnotes)
            shown.add_row(_safe(row.label) + numbers + detail, *figures)
    rich.print(shown)
    for number, footnote in enumerate(table.footnotes, start=1):
        rich.print(f"({number}) {_safe(footnote)}")
    for note in table.notes:
        rich.print(f"- {_safe(note)}")


def _safe(text: str) -> str:
    return escape(printable(text))
