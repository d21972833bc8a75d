"""What a measurement gives: headline figures with their targets, and tables; as Markdown and as JSON."""

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


@dataclass
class Findings:
    """What one or more subjects gave."""

    headlines: list[Headline] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def __iadd__(self, other: Findings) -> Findings:
        self.headlines += other.headlines
        self.tables += other.tables
        return self

    def markdown(self) -> str:
        """The headlines as one table, then the tables."""
        lines = ["| figure | here | target |", "|---|--:|--:|"]
        lines += [f"| {one.label} | {_shown(one.value)} | {one.target or '–'} |" for one in self.headlines]
        for table in self.tables:
            lines += ["", f"### {table.title}", "", "| | " + " | ".join(table.columns) + " |"]
            lines.append("|---|" + "--:|" * len(table.columns))
            for label, values in table.rows.items():
                lines.append(f"| {label} | " + " | ".join(_shown(value, table.decimals) for value in values) + " |")
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Figures by label, tables by title, row and column."""
        return {
            "headlines": {one.label: one.value for one in self.headlines},
            "tables": {
                table.title: {
                    label: dict(zip(table.columns, values, strict=True)) for label, values in table.rows.items()
                }
                for table in self.tables
            },
        }


def _shown(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"
