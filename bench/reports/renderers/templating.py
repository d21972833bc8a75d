"""What the renderers' templates share: one environment in which no text can escape unescaped, and a few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exiqa.bench.figures.words import short
from exiqa.bench.tables.parts.table import (
    ARROWS,
    MISSING,
)
from exiqa.core.console import counted


def environment(escape_text: Callable[[str], str]) -> Environment:
    """Templates of this package in which every plain string passes `escape_text`, then HTML's autoescape.

    `escape_text` gives a `Markup` where it has done all the escaping itself. Text is thus safe by default, and only
    what a template's author wrote, or a renderer marked as `Markup`, is taken literally.
    """

    def finalize(value: Any) -> Any:
        return escape_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    templates = Environment(
        loader=PackageLoader("exiqa.bench.reports.renderers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=finalize,
    )
    templates.globals.update(
        arrows=ARROWS,
        short_commit=short_commit,
        zip=zip,
    )
    templates.filters.update(
        digits=digits, duration=duration, counted=counted, short=short, signed=signed, strength=strength
    )
    return templates


def duration(seconds: float) -> str:
    """A time in words: "0.4 s", "12 s", "3 min 05 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def strength(value: float) -> str:
    """A strength or probability as printed beside a photo: two decimals."""
    return f"{value:.2f}"


def signed(value: float) -> str:
    """What is added to a score: "+0.031", "−0.120"."""
    return f"{value:+.3f}".replace("-", "−")


def digits(value: float | None) -> str:
    """A figure in four digits; "–" for None."""
    return MISSING if value is None else f"{value:.4g}".replace("-", "−")


def short_commit(commit: str | None) -> str:
    """The first 12 digits of a commit, and whether there were local changes."""
    if commit is None:
        return "no checkout"
    return commit[:12] + ("-dirty" if commit.endswith("-dirty") else "")
