"""A report's files: `report.md` and one self-contained `index.html`."""

from __future__ import annotations

from pathlib import Path

from bank.files import write_text
from bench.render_html import html_page
from bench.render_markdown import markdown_page
from bench.report import Report


def render_report(report: Report, out: Path) -> tuple[Path, Path]:
    """Write `report.md` and `index.html` into the folder `out` (created if need be); their paths in that order.

    Each file is whole or absent. Raises OSError where `out` cannot be written.
    """
    markdown, html = out / "report.md", out / "index.html"
    # Both are rendered before either is written: a report that cannot be rendered leaves nothing behind.
    texts = markdown_page(report), html_page(report)
    write_text(markdown, texts[0])
    write_text(html, texts[1])
    return markdown, html
