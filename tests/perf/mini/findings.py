"""What a measurement gives: headline figures with their targets, tables and listings; as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Headline:
    """One figure, and what is aimed at."""

    label: str
    value: float | None
    """None where it could not be taken."""
    target: str = ""


@dataclass(frozen=True)
class Table:
    """Figures by row and column."""

    title: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[float | None]]
    decimals: int = 3


@dataclass(frozen=True)
class Listing:
    """Rows of words."""

    title: str
    rule: str
    """How the rows were chosen."""
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass
class Findings:
    """What one or more subjects gave."""

    headlines: list[Headline] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)

    def __iadd__(self, other: Findings) -> Findings:
        self.headlines += other.headlines
        self.tables += other.tables
        self.listings += other.listings
        return self

    def markdown(self) -> str:
        """The headlines as one table, then the tables and the listings."""
        lines = ["| figure | here | target |", "|---|--:|--:|"]
        lines += [f"| {one.label} | {_shown(one.value)} | {one.target or '–'} |" for one in self.headlines]
        for table in self.tables:
            lines += ["", f"### {table.title}", "", "| | " + " | ".join(table.columns) + " |"]
            lines.append("|---|" + "--:|" * len(table.columns))
            for label, values in table.rows.items():
                lines.append(f"| {label} | " + " | ".join(_shown(value, table.decimals) for value in values) + " |")
        for listing in self.listings:
            lines += ["", f"### {listing.title}", "", listing.rule, "", "| " + " | ".join(listing.columns) + " |"]
            lines.append("|" + "---|" * len(listing.columns))
            lines += ["| " + " | ".join(row) + " |" for row in listing.rows]
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Figures by label, tables by title, row and column, listings by title."""
        return {
            "headlines": {one.label: one.value for one in self.headlines},
            "tables": {
                table.title: {
                    label: dict(zip(table.columns, values, strict=True)) for label, values in table.rows.items()
                }
                for table in self.tables
            },
            "listings": {
                listing.title: [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
                for listing in self.listings
            },
        }


def _shown(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"
