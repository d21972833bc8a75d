"""The changes between two banks as one HTML page that needs nothing else."""

from __future__ import annotations

from importlib import resources

from exiqa.bank.editing.diff import BankDiff
from exiqa.core.console import printable


def diff_page(changes: BankDiff) -> str:
    """The page's text. Everything that came from a bank is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["printable"] = printable
    source = (resources.files("exiqa.bank.editing") / "diff_page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(changes=changes)
