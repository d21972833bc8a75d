"""The terminal renderer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from exiqa.bench.tables.parts.table import ARROWS, SIGNIFICANCE_SIGNS, Column, Entry, Row, Table, format_entry
from exiqa.core.console import printable

WIDEST = 24
"""Characters of a column beyond which it is wrapped between words; the labels may take a third of the terminal."""
BORDER = 3
"""Characters that a column takes beside its text."""

_STYLES = {"best": "[bold]{}[/bold]", "second": "[underline]{}[/underline]", "": "{}"}


def print_table(table: Table) -> None:
    """Print a table with its footnotes and notes to standard output. Quartiles, the legend, and the numbers of images
    beside figures are left to reports; a note says how many images are held out.

    A table that is wider than the terminal is printed in parts, one below the other, each with as many columns as
    fit and the rows' labels: no word and no figure is cut.
    """
    console = Console()
    width = console.width
    rows = [row for group in table.groups for row in group.rows]
    heads = [_head(column) for column in table.columns]
    figures = {row: [_figure(row, *both) for both in zip(row.entries, table.columns, strict=True)] for row in rows}
    stubs = {row: _stub(row) for row in rows}
    stub_width = _width([_safe(table.stub), *stubs.values()], max(WIDEST, width // 3))
    widths = [_width([head, *(mine[n] for mine in figures.values())], WIDEST) for n, head in enumerate(heads)]
    title = f"{_safe(table.name)}. {_safe(table.title)}"
    for number, part in enumerate(parts(table, widths, width - stub_width - BORDER - 1)):
        shown = RichTable(title=f"{title} (continued)" if number else title, title_justify="left")
        shown.add_column(_safe(table.stub), width=stub_width, overflow="fold")
        for n in part:
            shown.add_column(heads[n], justify="right", width=widths[n], overflow="fold")
        for group in table.groups:
            if group.label:
                shown.add_section()
                shown.add_row(f"[dim]{_safe(group.label)}[/dim]")
            labels = Counter(row.label for row in group.rows)
            for row in group.rows:
                # What is said once is enough, where the label tells the row from the others.
                stub = _label(row) if number and labels[row.label] == 1 else stubs[row]
                shown.add_row(stub, *(figures[row][n] for n in part))
        console.print(shown)
    for number, footnote in enumerate(table.footnotes, start=1):
        console.print(f"({number}) {_safe(footnote)}")
    for note in table.notes:
        console.print(f"- {_safe(note)}")


def parts(table: Table, widths: Sequence[int], room: int) -> list[list[int]]:
    """The numbers of the columns that stand side by side in `room` characters, left to right.

    Columns under one header stay together where they fit; a part has at least one column, however wide.
    """
    parts_so_far: list[list[int]] = [[]]
    left = room
    first = 0
    for header, count in table.column_groups:
        together = range(first, first + count)
        first += count
        needed = sum(widths[number] + BORDER for number in together)
        if header and parts_so_far[-1] and left < needed <= room:
            parts_so_far.append([])
            left = room
        for number in together:
            if parts_so_far[-1] and widths[number] + BORDER > left:
                parts_so_far.append([])
                left = room
            parts_so_far[-1].append(number)
            left -= widths[number] + BORDER
    return parts_so_far


def _head(column: Column) -> str:
    over = f"{_safe(column.group)}\n" if column.group else ""
    percent = " %" if column.percent else ""
    return f"{over}{_safe(column.label)}{percent} {ARROWS[column.direction]}".rstrip()


def _label(row: Row) -> str:
    return _safe(row.label) + "".join(f" ({number})" for number in row.footnotes)


def _stub(row: Row) -> str:
    return _label(row) + (f"\n[dim]{_safe(row.detail)}[/dim]" if row.detail else "")


def _figure(row: Row, entry: Entry, column: Column) -> str:
    text = _STYLES[entry.mark].format(_safe(format_entry(entry, column, signed=row.kind == "gain")))
    return text + SIGNIFICANCE_SIGNS[entry.significance] + "".join(f" ({number})" for number in entry.footnotes)


def _width(cells: Sequence[str], widest: int) -> int:
    """Of a column with these cells: its longest line, wrapped between words beyond `widest`."""
    plain = [Text.from_markup(cell).plain for cell in cells]
    longest = max(cell_len(line) for cell in plain for line in cell.split("\n"))
    word = max(cell_len(word) for cell in plain for word in cell.split(" "))
    return min(longest, max(word, widest))


def _safe(text: str) -> str:
    return escape(printable(text))
