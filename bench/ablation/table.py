"""An ablation's tables: a row a setting, each tested against the base, and the trivial rows of the same splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exiqa.bench.ablation.ablation import (
    FACTORS,
    METHOD,
    Ablation,
    Arm,
    Series,
    all_in_words,
    choice_in_words,
    series_of,
)
from exiqa.bench.ablation.verdict import verdict_of
from exiqa.bench.cells.record import Cell, FailedCell, Record
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.metric import Metric
from exiqa.bench.protocol import PROTOCOLS, Protocol
from exiqa.bench.tables.parts.notes import method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.rows import Footnotes, RowOutcomes, column_of, entries_of, row_of, settings_in_common
from exiqa.bench.tables.parts.significance import EQUIVALENCE, LEVEL, MIN_SPLITS, mark_pairs, significance_notes
from exiqa.bench.tables.parts.table import (
    RULES,
    SIGNIFICANCE_SIGNS,
    Row,
    RowGroup,
    Significance,
    Table,
    Term,
    join_settings,
    mark_best,
)

NOT_RUN = "not run yet"
"""Why a cell has neither a record nor a failure."""

AGAINST_BASE = Term(
    " ".join(SIGNIFICANCE_SIGNS[mark] for mark in ("better", "worse", "equal", "equivalent")),
    f"better than, worse than, not told apart from the base, or shown to be equivalent to it, by the corrected "
    f"resampled t-test (Nadeau and Bengio, 2003) on their common splits, two-sided, at {LEVEL:g} after Holm's "
    f"correction over all settings of the column; tested from {MIN_SPLITS} common splits on. {EQUIVALENCE}",
)


def records_of(ablation: Ablation, cell: Cell, records: Mapping[Cell, Record]) -> tuple[Record, ...]:
    """The records there are of a cell over the ablation's seeds, in their order."""
    return tuple(records[seeded] for seeded in ablation.over_seeds([cell]) if seeded in records)


def labels_of(ablation: Ablation, records: Mapping[Cell, Record]) -> tuple[str, str]:
    """What the method and the data set are called: as the records say, if there are any of the base."""
    bases = (ablation.cell(ablation.base, protocol) for protocol in ablation.protocols)
    named = next((record for base in bases for record in records_of(ablation, base, records)), None)
    return (named.method_label, named.test_label) if named else (METHODS[METHOD].label, ablation.dataset)


def ablation_tables(
    ablation: Ablation, records: Sequence[Record], failures: Sequence[FailedCell] = ()
) -> tuple[Table, ...]:
    """A table per protocol: of one factor at a time a group of rows for each, in which the base has its place.

    Takes what belongs to it out of `records` and `failures`. Figures are medians over the ablation's seeds; a setting
    is ranked within its group and tested against the base. What has no record is –, with the reason.
    """
    done, failed = {record.cell: record for record in records}, {failure.cell: failure for failure in failures}
    return tuple(_ProtocolTable(ablation, PROTOCOLS[name], done, failed).table() for name in ablation.protocols)


@dataclass(frozen=True)
class _ProtocolTable:
    """One protocol of an ablation, and what there is of it."""

    ablation: Ablation
    protocol: Protocol
    records: Mapping[Cell, Record]
    failures: Mapping[Cell, FailedCell]

    def table(self) -> Table:
        ablation, metrics, footnotes = self.ablation, self.protocol.metrics, Footnotes()
        marks = self._marks(metrics)
        groups = [self._group(series, marks, footnotes) for series in series_of(ablation)]
        if all(arm is not ablation.base for series in series_of(ablation) for _, arm in series.arms):
            groups.insert(0, RowGroup("Base", (self._row(ablation.base, "Base", marks, footnotes),)))
        trivial = self._trivial(footnotes)
        groups += [RowGroup("Trivial", trivial)] if trivial else []
        cells = [ablation.cell(arm, self.protocol.id) for arm in (ablation.base, *ablation.arms)]
        cells += [cell for cell in ablation.baselines if cell.protocol == self.protocol.id]
        chosen = [record for cell in cells for record in records_of(ablation, cell, self.records)]
        return Table(
            name=f"Ablation {ablation.name}, {self.protocol.id}",
            title=f"{' on '.join(labels_of(ablation, self.records))}: {_what(ablation)}",
            columns=tuple(column_of(metric) for metric in metrics.values()),
            groups=tuple(group for group in groups if group.rows),
            footnotes=footnotes.texts,
            notes=(
                f"The base: {self._base_settings()}.",
                *self._verdicts(marks, metrics),
                *protocol_notes(chosen),
                *significance_notes({mark for marks_of_arm in marks.values() for mark in marks_of_arm}),
                *(f"Left out, {choice_in_words(omitted.changed)}: {omitted.why}." for omitted in ablation.left_out),
            ),
            legend=(*metric_terms(metrics.values()), *method_terms(chosen), AGAINST_BASE, *RULES),
            stub="Setting",
        )

    def _group(self, series: Series, marks: Mapping[Cell, Sequence[Significance]], footnotes: Footnotes) -> RowGroup:
        rows = []
        for value, arm in series.arms:
            if arm is not None:
                label = FACTORS[series.along].in_words(value) + (" (base)" if arm is self.ablation.base else "")
                rows.append(self._row(arm, label, marks, footnotes))
        columns = [column_of(metric) for metric in self.protocol.metrics.values()]
        return RowGroup(choice_in_words(series.fixed) or FACTORS[series.along].label, mark_best(rows, columns))

    def _row(self, arm: Arm, label: str, marks: Mapping[Cell, Sequence[Significance]], footnotes: Footnotes) -> Row:
        """An arm's row, with footnotes for what differs from the base besides its label."""
        cell = self.ablation.cell(arm, self.protocol.id)
        cells = self._cells(cell)
        entries = entries_of(cells, self.protocol.metrics, footnotes, len(self.ablation.seeds))
        entries = [replace(entry, significance=mark) for entry, mark in zip(entries, marks[cell], strict=True)]
        row = row_of(cells, entries, footnotes, [footnotes.number(text) for text in arm.follows])
        return replace(row, label=label, detail="")

    def _base_settings(self) -> str:
        """All that the base's cell says, in words."""
        return join_settings(settings_in_common([self.ablation.cell(self.ablation.base, self.protocol.id)]))

    def _cells(self, cell: Cell) -> RowOutcomes:
        seeded = self.ablation.over_seeds([cell])
        return RowOutcomes(
            cell.method,
            records_of(self.ablation, cell, self.records),
            tuple(
                self.failures.get(one) or FailedCell(cell=one, error=NOT_RUN, kind="missing", seconds=0)
                for one in seeded
                if one not in self.records
            ),
        )

    def _marks(self, metrics: Mapping[str, Metric]) -> dict[Cell, tuple[Significance, ...]]:
        """How each arm's figures stand against the base's; the arms of a column are one family of tests."""
        base_cell = self.ablation.cell(self.ablation.base, self.protocol.id)
        arms = [self.ablation.cell(arm, self.protocol.id) for arm in self.ablation.arms]
        base, *others = (records_of(self.ablation, cell, self.records) for cell in (base_cell, *arms))
        columns = [mark_pairs([(other, base) for other in others], metric) for metric in metrics]
        return {base_cell: ("",) * len(metrics), **dict(zip(arms, zip(*columns, strict=True), strict=True))}

    def _verdicts(self, marks: Mapping[Cell, Sequence[Significance]], metrics: Mapping[str, Metric]) -> Iterator[str]:
        """What each setting comes to against the base, in words."""
        base = records_of(self.ablation, self.ablation.cell(self.ablation.base, self.protocol.id), self.records)
        for arm in self.ablation.arms:
            cell = self.ablation.cell(arm, self.protocol.id)
            of_metric = dict(zip(metrics, marks[cell], strict=True))
            said = verdict_of(
                choice_in_words(arm.changed), of_metric, records_of(self.ablation, cell, self.records), base
            )
            if said is not None:
                yield said

    def _trivial(self, footnotes: Footnotes) -> tuple[Row, ...]:
        """The trivial rows that were run."""
        baselines = [self._cells(cell) for cell in self.ablation.baselines if cell.protocol == self.protocol.id]
        splits = len(self.ablation.seeds)
        return tuple(
            row_of(cells, entries_of(cells, self.protocol.metrics, footnotes, splits), footnotes)
            for cells in baselines
            if cells.records or any(failure.kind != "missing" for failure in cells.failed)
        )


def _what(ablation: Ablation) -> str:
    labels = [FACTORS[factor].label for factor in ablation.factors]
    if len(labels) == 1:
        return labels[0]
    return f"{all_in_words(labels)}, {'one at a time' if ablation.grid == 'one' else 'in every combination'}"
