"""The HTML renderer: one page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from importlib import resources

from markupsafe import Markup

from exiqa.bench.reports.figures import ReportFigures, figures_of, page_drawings
from exiqa.bench.reports.renderers.templating import environment
from exiqa.bench.reports.report import Report
from exiqa.bench.reports.trace import Trace
from exiqa.bench.tables.parts.table import SIGNIFICANCE_WORDS, Entry
from exiqa.core.console import printable


def html_page(report: Report, svgs: Mapping[str, Markup] | None = None) -> str:
    """The report as one self-contained HTML page.

    Its content security policy allows its own style sheet and script (by hash) and pictures inside the page, nothing
    else, and no request. Text from outside is escaped, and control and direction characters are made visible.

    Args:
        report: What it says.
        svgs: The figures by id (`exiqa.bench.reports.figures`); None draws them.
    """
    figures = figures_of(report)
    style, script = _own("report.css"), _own("report.js")
    allowed = f"img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    links = _Links(report, figures)
    page = environment(printable)
    page.filters["data_uri"] = _data_uri
    page.globals.update(
        sign_words=SIGNIFICANCE_WORDS,
        link_of=links.of_entry, link_to=links.to, link_name=links.name,
        figures=figures, svgs=page_drawings(figures) if svgs is None else svgs,
    )  # fmt: skip
    return page.get_template("report.html.j2").render(
        report=report,
        combinations=links.combinations,
        style=Markup(style),  # our own files, not text from outside
        script=Markup(script),
        policy=f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
    )


class _Links:
    """Where figures lead: to their run's row, or, where they come from several, to a line that lists those."""

    def __init__(self, report: Report, figures: ReportFigures) -> None:
        self.trace: Trace = report.trace
        self.combinations: dict[tuple[int, ...], str] = {}
        """Numbers of the runs -> the line's id; every one that a figure of the report has, before the page is made."""
        entries = (e for t in report.tables for group in t.groups for row in group.rows for e in row.entries)
        for cells in (*(entry.cells for entry in entries), *(figure.cells for figure in figures)):
            numbers = self.trace.runs_of(cells)
            if len(numbers) > 1:
                self.combinations.setdefault(numbers, f"c{len(self.combinations) + 1}")

    def of_entry(self, entry: Entry) -> str:
        return self.to(entry.cells)

    def to(self, cells: Iterable[str]) -> str:
        """An id on the page; "" where there is no record of the cells."""
        numbers = self.trace.runs_of(cells)
        return self.combinations[numbers] if len(numbers) > 1 else f"r{numbers[0]}" if numbers else ""

    def name(self, cells: Iterable[str]) -> str:
        numbers = self.trace.runs_of(cells)
        return f"Record {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} records"


def _own(name: str) -> str:
    return (resources.files("exiqa.bench.reports.renderers") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data_uri(jpeg: bytes) -> Markup:
    return Markup("data:image/jpeg;base64," + base64.b64encode(jpeg).decode())
