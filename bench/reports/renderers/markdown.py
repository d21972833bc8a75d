"""The Markdown renderer (GitHub's flavour)."""

from __future__ import annotations

import re

from markupsafe import Markup

from exiqa.bench.reports.renderers.templating import environment
from exiqa.bench.reports.report import Report
from exiqa.bench.reports.trace import in_ranges
from exiqa.bench.tables.parts.table import (
    SIGNIFICANCE_SIGNS,
    Column,
    Entry,
    Row,
    format_entry,
    format_images,
    format_quartiles,
)
from exiqa.core.console import printable

# What only matters in some places is escaped only there, so that figures and names stay readable as they are.
_ESCAPES = [
    (re.compile(r"(?i)(https?|ftp|mailto|xmpp):"), r"\1\:"),  # GitHub links these by itself,
    (re.compile(r"(?i)(www)\."), r"\1\."),
    (re.compile(r"@(?=[\w-]+\.)"), r"\@"),  # and mail addresses;
    (re.compile(r"^#|#$"), r"\#"),  # a heading, and its closing mark;
    (re.compile(r"^([-+])(?=\s|$)|^(--)|^(=)"), r"\\\1\2\3"),  # lists, rules and underlined headings.
    (re.compile(r"^(\d+)([.)])(?=\s|$)"), r"\1\\\2"),
]
# Nearly all text of a large report: nothing to escape, no address, no number that would begin a list.
_PLAIN = re.compile(r"(?!\d+[.)](?:\s|$))(?!.*[wW]{3})[A-Za-z0-9](?:[A-Za-z0-9.,;()=+%–−]| (?=\S))*", re.ASCII)
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape_markdown(text: str) -> Markup:
    """`text` as one line of Markdown that reads as that text anywhere: in a paragraph, a list, a table's cell.

    Control and direction characters become visible, white space is collapsed; markup, HTML, links that GitHub makes
    by itself and what would start a list or a heading are escaped.
    """
    if _PLAIN.fullmatch(text):
        return Markup(text)
    line = " ".join(printable(text).split())
    line = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line).translate(_ENTITIES)
    for pattern, replacement in _ESCAPES:
        line = pattern.sub(replacement, line)
    return Markup(line)


def markdown_page(report: Report) -> str:
    """The report as Markdown. Photos are told in figures; the pictures are on the HTML page."""

    def records_of(row: Row) -> str:
        return in_ranges(report.trace.runs_of(cell for entry in row.entries for cell in entry.cells))

    page = environment(escape_markdown).get_template("report.md.j2")
    return page.render(report=report, records_of=records_of, figure=_figure)


_MARKS = {"best": ("**", "**"), "second": ("<ins>", "</ins>"), "": ("", "")}


# In Python and not in the template: a large report has tens of thousands.
def _figure(entry: Entry, column: Column, kind: str) -> Markup:
    """The table's cell of one figure."""
    before, after = _MARKS[entry.mark]
    shown = format_entry(entry, column, signed=kind == "gain")
    parts = [before, escape_markdown(shown) if entry.text else shown, after]
    quartiles = format_quartiles(entry, column)
    small = (SIGNIFICANCE_SIGNS[entry.significance], quartiles and f"({quartiles})", format_images(entry))
    parts += [f" {text}" for text in small if text]
    parts += [f"<sup>{number}</sup>" for number in entry.footnotes]
    return Markup("".join(parts))
