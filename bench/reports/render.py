"""A report's files: `report.md`, one self-contained `index.html`, `report.tex`, and a .tex and a .csv a table."""

from __future__ import annotations

import re
from pathlib import Path

from exiqa.bench.reports.render_csv import csv_table
from exiqa.bench.reports.render_html import html_page
from exiqa.bench.reports.render_latex import latex_document, latex_table
from exiqa.bench.reports.render_markdown import markdown_page
from exiqa.bench.reports.report import Report
from exiqa.core.files import write_text


def render_report(report: Report, out: Path) -> tuple[Path, ...]:
    """Write a report's files, each whole or not at all.

    Args:
        report: What they say.
        out: The folder, created if need be.

    Returns:
        The paths: `report.md`, `index.html`, `report.tex`, and for each table a .tex and a .csv named after it.

    Raises:
        OSError: The folder cannot be written.
    """
    stems = _stems([table.name for table in report.tables])
    # All are rendered before any is written: a report that cannot be rendered leaves nothing behind.
    texts = {
        "report.md": markdown_page(report),
        "index.html": html_page(report),
        "report.tex": latex_document(report, stems),
    }
    for stem, table in zip(stems, report.tables, strict=True):
        texts[f"{stem}.tex"] = latex_table(table, f"tab:{stem}")
        texts[f"{stem}.csv"] = csv_table(table)
    for name, text in texts.items():
        write_text(out / name, text)
    return tuple(out / name for name in texts)


def _stems(names: list[str]) -> list[str]:
    """File names without suffix: "Table II" -> "table-ii", the second one of that name "table-ii-2"."""
    stems: list[str] = []
    for name in names:
        stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "table"
        stem = "table-report" if stem == "report" else stem
        count = sum(re.fullmatch(rf"{stem}(-\d+)?", other) is not None for other in stems)
        stems.append(f"{stem}-{count + 1}" if count else stem)
    return stems
