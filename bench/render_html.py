"""The HTML renderer: one page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from markupsafe import Markup

from bank.console import printable
from bench.report import Report
from bench.templating import environment


def html_page(report: Report) -> str:
    """The report as one self-contained HTML page.

    Its content security policy allows its own style sheet (by hash) and pictures inside the page, nothing else: no
    script, no request. Text from outside is escaped, and control and direction characters are made visible.
    """
    style = (resources.files("bench") / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment(printable)
    page.filters["data_uri"] = _data_uri
    return page.get_template("report.html.j2").render(
        report=report,
        style=Markup(style),  # our own file, not text from outside
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    )


def _data_uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
