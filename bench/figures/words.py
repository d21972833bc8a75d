"""Figures in as little room as they need."""

from __future__ import annotations

from exiqa.bench.tables.parts.table import MISSING


def short(value: float | None) -> str:
    """A figure in as little room as two decimals need: ".83", "1", "−.12", "0"; "–" for None."""
    if value is None:
        return MISSING
    text = f"{value:.2f}"
    if float(text) == round(float(text)):
        return f"{float(text) + 0:.0f}".replace("-", "−")
    return text.replace("0.", ".", 1).replace("-", "−") if abs(value) < 1 else text.replace("-", "−")
