"""How the commands on banks print: tables whose cells cannot move the terminal, changes, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exiqa.core.console import counted, printable

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from exiqa.bank.editing.diff import BankDiff


def print_diff(changes: BankDiff) -> None:
    """What changed between two banks, a table a distortion."""
    if changes.equal:
        print(f"{changes.first} and {changes.second} say the same")
        return
    for sentence in changes.taxonomy:
        print(printable(f"taxonomy: {sentence}"))
    for entry in changes.distortions:
        if not entry.changed:
            continue
        table = new_table("", "", title=f"{entry.distortion} ({counted(len(entry.shared), 'attribute')} in both)")
        for attribute in entry.added:
            table.add_row(text("added", "green"), text(attribute.phrase))
        for attribute in entry.dropped:
            table.add_row(text("dropped", "red"), text(attribute.phrase))
        for rewording in entry.reworded:
            before, after = rewording.before, rewording.after
            table.add_row(text("re-worded", "yellow"), text(f"{before.phrase} → {after.phrase}"))
            if before.antonym != after.antonym:
                table.add_row("", text(f"opposite: {before.antonym or '–'} → {after.antonym or '–'}"))
        for move in entry.reranked:
            table.add_row(text("re-ranked", "cyan"), text(f"{move.phrase} ({move.before} → {move.after})"))
        print_table(table)


def new_table(*columns: str, title: str | None = None, no_wrap: Sequence[str] = ()) -> Table:
    """A table without rows; the columns in `no_wrap` keep their width."""
    from rich.table import Table

    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        title=text(title) if title else None,
        title_justify="left",
        show_header=any(columns),
    )
    for column in columns:
        table.add_column(column, no_wrap=column in no_wrap, overflow="fold")
    return table


def text(value: object, style: str = "") -> Text:
    """A cell without markup and without anything that could move the terminal."""
    from rich.text import Text

    return Text(printable(str(value)), style=style)


def severity(severity: str) -> Text:
    """A cell that says "error" in red or "warning" in yellow."""
    return text(severity, "red" if severity == "error" else "yellow")


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal."""
    from rich.console import Console

    Console().print(table)


def print_json(value: Any) -> None:
    """Print plain data as JSON."""
    # Escaped to ASCII, which no terminal takes for a command.
    print(json.dumps(value, indent=1))
