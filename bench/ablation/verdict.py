"""What an ablation comes to, in words: of each setting, in what it is better or worse than the base, or as good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exiqa.bench.ablation.ablation import all_in_words
from exiqa.bench.cells.record import Record
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.rows import column_of, median_entry
from exiqa.bench.tables.parts.table import Significance, format_value

SAID: Mapping[Significance, str] = {
    "better": "better than the base in",
    "worse": "worse than the base in",
    "equivalent": "equivalent in",
    "equal": "not told apart in",
}
"""How a tested mark reads, in the order in which a sentence has them."""


def verdict_of(
    setting: str, marks: Mapping[str, Significance], records: Sequence[Record], base: Sequence[Record]
) -> str | None:
    """One sentence on a setting; None where nothing could be tested.

    "K = 1: worse than the base in mAP (0.702 against 0.758) and F1 (…); not told apart in RMSE." Figures, medians over
    the splits, stand where the two differ.

    Args:
        setting: The setting in words.
        marks: By metric, how the setting stands against the base (`mark_pairs`).
        records: The setting's.
        base: The base's.
    """
    parts = []
    for mark, said in SAID.items():
        named = [
            METRICS[metric].label + (f" ({_figures(metric, records, base)})" if mark in ("better", "worse") else "")
            for metric, of_metric in marks.items()
            if of_metric == mark
        ]
        if named:
            parts.append(f"{said} {all_in_words(named)}")
    # A label may end with a full stop itself: "Active acc."
    return f"{setting}: {'; '.join(parts).removesuffix('.')}." if parts else None


def _figures(metric: str, records: Sequence[Record], base: Sequence[Record]) -> str:
    column = column_of(METRICS[metric])
    mine, theirs = (format_value(median_entry(side, metric).median, column) for side in (records, base))
    return f"{mine} against {theirs}{' %' if column.percent else ''}"
