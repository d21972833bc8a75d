"""The HTML renderer: one page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from markupsafe import Markup, escape

from exiqa.bench.reports.figures import ReportFigures, figures_of, page_drawings
from exiqa.bench.reports.renderers.templating import environment
from exiqa.bench.reports.report import Report
from exiqa.bench.reports.trace import Trace
from exiqa.bench.tables.parts.table import (
    MISSING,
    SIGNIFICANCE_SIGNS,
    SIGNIFICANCE_WORDS,
    Column,
    Entry,
    format_entry,
    format_images,
    format_interval,
    format_quartiles,
)
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
        figure=lambda entry, column, kind, table: _figure(entry, column, kind, table, links.to(entry.cells)),
        footnote_links=_footnote_links, link_to=links.to, link_name=links.name,
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
        self._numbers: dict[tuple[str, ...], tuple[int, ...]] = {}
        """Of the figures' cells: a row's figures have the same."""
        for cells in (*(entry.cells for entry in entries), *(figure.cells for figure in figures)):
            if cells not in self._numbers:
                numbers = self._numbers[cells] = self.trace.runs_of(cells)
                if len(numbers) > 1:
                    self.combinations.setdefault(numbers, f"c{len(self.combinations) + 1}")

    def to(self, cells: Sequence[str]) -> str:
        """An id on the page; "" where there is no record of the cells."""
        numbers = self._of(cells)
        return self.combinations[numbers] if len(numbers) > 1 else f"r{numbers[0]}" if numbers else ""

    def name(self, cells: Sequence[str]) -> str:
        numbers = self._of(cells)
        return f"Record {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} records"

    def _of(self, cells: Sequence[str]) -> tuple[int, ...]:
        known = self._numbers.get(tuple(cells))
        return self.trace.runs_of(cells) if known is None else known


# In Python and not in a template, with no word that its column does not need: a large report has tens of thousands.
def _figure(entry: Entry, column: Column, kind: str, table: int, link: str) -> Markup:
    """The table's cell of one figure, which leads to `link`, an id on the page or ""."""
    if entry.median is None and not entry.text and not entry.footnotes:
        return Markup(f"<td>{MISSING}</td>")
    shown = format_entry(entry, column, signed=kind == "gain")
    if entry.text:
        shown = escape(printable(shown))
    sign, quartiles, images = (
        SIGNIFICANCE_SIGNS[entry.significance], format_quartiles(entry, column), format_images(entry)
    )  # fmt: skip
    parts = ["<td"]
    if entry.mark:
        parts.append(f' class="{entry.mark}"')
    elif " " in entry.text and len(entry.text) > 16:
        parts.append(' class="words"')
    if entry.median is not None:
        parts.append(f' data-v="{entry.median:.7g}"')
    if entry.interval is not None:
        parts.append(f' title="95 % interval {format_interval(entry, column)}"')
    parts.append(f'><a href="#{link}">{shown}</a>' if link else f"><span>{shown}</span>" if entry.mark else f">{shown}")
    if entry.mark:
        parts.append(f"<i> ({entry.mark})</i>")
    if sign:
        parts.append(f" <b>{sign}</b><i> {SIGNIFICANCE_WORDS[entry.significance]}</i>")
    parts.append(_footnote_links(entry.footnotes, table))
    parts += [f" <small>{text}</small>" for text in (images, quartiles) if text]
    return Markup("".join(parts) + "</td>")


def _footnote_links(numbers: Iterable[int], table: int) -> Markup:
    """The numbers of a table's footnotes, each a link to its text."""
    return Markup("").join(
        Markup(f'<sup><a href="#t{table}-{number}" aria-label="Footnote {number}">{number}</a></sup>')
        for number in numbers
    )


def _own(name: str) -> str:
    return (resources.files("exiqa.bench.reports.renderers") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data_uri(jpeg: bytes) -> Markup:
    return Markup("data:image/jpeg;base64," + base64.b64encode(jpeg).decode())
