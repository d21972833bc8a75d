"""A report's files: Markdown, one self-contained HTML page, LaTeX with its figures and references, and the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from exiqa.bench.reports.citation import bibtex
from exiqa.bench.reports.figures import FigureFiles, figure_files, figures_of
from exiqa.bench.reports.renderers.csv import csv_table
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.renderers.latex import FIGURES, latex_document, latex_table, needed_notes
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.report import Report
from exiqa.core.files import write_bytes, write_text


def render_report(report: Report, out: Path, drawn: Mapping[str, FigureFiles] | None = None) -> tuple[Path, ...]:
    """Write a report's files, each whole or not at all.

    Args:
        report: What they say.
        out: The folder, created if need be.
        drawn: The report's figures by id, where they are drawn already (`exiqa.bench.reports.figures`).

    Returns:
        The paths: `report.md`, `index.html`, `report.tex`, `references.bib`, for each table a .tex and a .csv named
        after it, and, where something is drawn, the folder `figures` with a .pdf and a .png a figure.

    Raises:
        OSError: The folder cannot be written.
    """
    stems = _stems([table.name for table in report.tables])
    figures = figures_of(report)
    files = figure_files(figures) if drawn is None else drawn
    # All are rendered before any is written: a report that cannot be rendered leaves nothing behind.
    texts = {
        "report.md": markdown_page(report),
        "index.html": html_page(report, {name: one.svg for name, one in files.items()}),
        "report.tex": latex_document(report, stems, tuple(figures)),
        "references.bib": bibtex(),
    }
    told: dict[str, str] = {}
    for stem, table in zip(stems, report.tables, strict=True):
        texts[f"{stem}.tex"] = latex_table(table, f"tab:{stem}", told)
        texts[f"{stem}.csv"] = csv_table(table)
        told |= {note: table.name for note in needed_notes(table) if note not in told}
    for name, text in texts.items():
        write_text(out / name, text)
    for figure in figures:
        write_bytes(out / FIGURES / f"{figure.stem}.pdf", files[figure.id].pdf)
        write_bytes(out / FIGURES / f"{figure.stem}.png", files[figure.id].png)
    return (*(out / name for name in texts), *([out / FIGURES] if files else []))


def _stems(names: list[str]) -> list[str]:
    """File names without suffix: "Table II" -> "table-ii", the second one of that name "table-ii-2"."""
    stems: list[str] = []
    for name in names:
        stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "table"
        stem = "table-report" if stem == "report" else stem
        count = sum(re.fullmatch(rf"{stem}(-\d+)?", other) is not None for other in stems)
        stems.append(f"{stem}-{count + 1}" if count else stem)
    return stems
