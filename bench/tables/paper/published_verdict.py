"""Ours against the figures that the paper prints for itself: reproduced or not, and within which tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from exiqa.bench.cells.record import Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import datasets_in_words
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.notes import metric_terms
from exiqa.bench.tables.parts.published import PublishedRow, TableNumber, published_rows, published_source
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    RowOutcomes,
    column_of,
    entries_of,
    median_entry,
    published_entry,
    published_label,
    row_of,
)
from exiqa.bench.tables.parts.table import (
    SIGNIFICANCE_SIGNS,
    UNRANKED_RULES,
    Entry,
    Row,
    RowGroup,
    Significance,
    Table,
    Term,
    format_value,
)

OURS = "ExIQA"
"""The paper's own method, as its tables call it."""

_MEASURED: tuple[TableNumber, ...] = ("II", "III", "IV", "V")
"""The paper's tables that have figures of a method."""

_LEGEND = (
    Term(
        "Tolerance",
        "the metric's margin, which was stated before any figure was seen (.02 of a correlation, .01 of an RMSE, 1 "
        "point of accuracy), and half a unit of the published figure's last decimal; our own noise has no part in it",
    ),
    Term(
        " ".join(SIGNIFICANCE_SIGNS[mark] for mark in ("equal", "better", "worse")),
        "ours lies within the tolerance of the published figure (it is reproduced), or beyond it on the better or the "
        "worse side",
    ),
    Term("Gain", "our median less the published figure, turned so that positive is better in every column"),
)


@dataclass(frozen=True)
class PublishedVerdict:
    """One figure of the paper beside ours."""

    published: PublishedRow
    ours: float | None
    """Median over the splits; None where it is undefined on one."""
    tolerance: float
    """See `tolerance_of`."""

    @property
    def outcome(self) -> Literal["reproduced", "better", "worse", "none"]:
        """ "none" where ours is undefined or the published figure is impossible."""
        theirs = self.published.value
        if self.ours is None or theirs is None or not -1 <= theirs <= 1:
            return "none"
        difference = self.ours - theirs
        # Both are decimals a reader can subtract: the last bit of a float decides nothing.
        if abs(difference) <= self.tolerance + 1e-12:
            return "reproduced"
        return "better" if (difference > 0) == (METRICS[self.published.metric].direction == "higher") else "worse"

    @property
    def sentence(self) -> str:
        """The verdict with its figures."""
        figure, metric = self.published, METRICS[self.published.metric]
        start = f"{_label(figure)}, {metric.label}: published {figure.printed}"
        if self.outcome == "none":
            return f"{start}, no verdict: {self._why_none}."
        column = column_of(metric)
        verdict = {
            "reproduced": "reproduced by",
            "better": "exceeded by",
            "worse": "not reached by",
        }[self.outcome]
        ours, allowed = format_value(self.ours, column), format_value(self.tolerance, column)
        return f"{start}, {verdict} our {ours} (tolerance ±{allowed})."

    @property
    def _why_none(self) -> str:
        if self.ours is None:
            return "ours is not defined on every split"
        return "the published figure is impossible"


def tolerance_of(published: PublishedRow) -> float:
    """How far ours may lie from a published figure and still reproduce it, in the metric's own unit.

    Its `margin`, which was stated beforehand, and half a unit of the printed figure's last decimal.
    """
    exponent = Decimal(published.printed).as_tuple().exponent
    metric = METRICS[published.metric]
    unit = float(Decimal(1).scaleb(int(exponent))) / (100 if metric.percent else 1)
    return metric.margin + unit / 2


def published_verdicts(records: Iterable[Record]) -> tuple[PublishedVerdict, ...]:
    """A verdict for each figure that the paper prints for its own method and that was measured here.

    On the real data sets only: a stand-in has other images, and no verdict. One for each variant of ours, in the
    order of the paper's tables.
    """
    return tuple(_verdict(figure, group) for figures, group in _matched(records) for figure in figures)


def published_verdict_table(records: Iterable[Record]) -> Table:
    """The verdicts as a table: for each data set (or pair) and variant of ours the published row, ours, the gain and
    the tolerance. Without groups where nothing of the paper's was measured here."""
    metrics = ("accuracy", "rmse", "plcc", "srcc")
    footnotes = Footnotes()
    groups = [
        RowGroup(_label(figures[0]), tuple(_rows(figures, group, metrics, footnotes)))
        for figures, group in _matched(records)
    ]
    note = (
        f"Published: {published_source()}. The paper states neither its splits nor how it aggregates over them; ours "
        "are medians over the splits."
    )
    return Table(
        name="Ours against published",
        title="What the paper prints for its own method, measured here on the same data sets",
        columns=tuple(column_of(METRICS[metric]) for metric in metrics),
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(note,) if groups else (),
        legend=(*metric_terms([METRICS[metric] for metric in metrics]), *_LEGEND, *UNRANKED_RULES),
    )


def _matched(records: Iterable[Record]) -> list[tuple[list[PublishedRow], list[Record]]]:
    """The paper's figures for one data set (or pair of them), with the records of one variant of ours there."""
    ours = by_variant(record for record in records if METHODS[record.cell.method].kind == "ours")
    matches = []
    for table in _MEASURED:
        figures_by_pair: dict[tuple[str, str], list[PublishedRow]] = {}
        for figure in published_rows(table):
            if figure.method == OURS and figure.value is not None:
                figures_by_pair.setdefault((figure.train, figure.dataset), []).append(figure)
        for pair, figures in figures_by_pair.items():
            matches += [
                (figures, group)
                for cell, group in ours.items()
                if cell.table == table and (cell.train, cell.test) == pair
            ]
    return matches


def _verdict(figure: PublishedRow, records: Sequence[Record]) -> PublishedVerdict:
    return PublishedVerdict(figure, median_entry(records, figure.metric).median, tolerance_of(figure))


def _rows(
    figures: Sequence[PublishedRow], records: Sequence[Record], metrics: Sequence[str], footnotes: Footnotes
) -> list[Row]:
    verdicts = {figure.metric: _verdict(figure, records) for figure in figures}
    cells = RowOutcomes(records[0].cell.method, tuple(records), ())
    printed = [metric for metric in metrics if metric in verdicts]
    ours = dict(zip(printed, entries_of(cells, printed, footnotes, len(records)), strict=True))
    published, gains, tolerances = [], [], []
    for metric in metrics:
        verdict = verdicts.get(metric)
        published.append(published_entry(verdict.published if verdict else None, footnotes))
        measured = ours[metric].cells if metric in ours else ()
        gains.append(replace(_gain(verdict), cells=measured))
        tolerance = verdict.tolerance if verdict and verdict.ours is not None else None
        text = "" if tolerance is None else f"±{format_value(tolerance, column_of(METRICS[metric]))}"
        tolerances.append(Entry(tolerance, text=text, cells=measured))
    return [
        Row(published_label(OURS), "published", tuple(published), figures[0].detail),
        row_of(cells, [ours.get(metric, Entry()) for metric in metrics], footnotes),
        Row("Gain over the published figure", "gain", tuple(gains)),
        Row("Tolerance", "gain", tuple(tolerances)),
    ]


def _gain(verdict: PublishedVerdict | None) -> Entry:
    if verdict is None or verdict.ours is None or verdict.published.value is None:
        return Entry()
    difference = verdict.ours - verdict.published.value
    signs: Mapping[str, Significance] = {"reproduced": "equal", "better": "better", "worse": "worse", "none": ""}
    higher = METRICS[verdict.published.metric].direction == "higher"
    return Entry(difference if higher else -difference, significance=signs[verdict.outcome])


def _label(figure: PublishedRow) -> str:
    return f"Table {figure.table}, {datasets_in_words(figure.train, figure.dataset)}"
