"""The paper's tables, computed from records and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bench.methods import METHODS
from bench.metrics import SCORE_METRICS, STRENGTH_METRICS, Metric
from bench.record import Record, by_variant
from bench.table import RULES, Column, Entry, Row, RowGroup, Table, Term, mark_best


def _column(metric: Metric, group: str = "") -> Column:
    return Column(metric.label, metric.direction, metric.decimals, metric.percent, group)


STRENGTH_COLUMNS: Mapping[str, Column] = {name: _column(metric) for name, metric in STRENGTH_METRICS.items()}
"""Table II's columns by metric id."""


def table_two(records: Iterable[Record]) -> Table:
    """Table II: identification of distortions, a group of rows per data set.

    Takes the records of the protocol "identification" out of `records`. Each row of ours is followed by its gain:
    its median's lead over the better of the all-clean and the prior row's medians, positive where ours is better.
    """
    columns = tuple(STRENGTH_COLUMNS.values())
    footnotes = _Footnotes()
    chosen = [record for record in records if record.cell.protocol == "identification"]
    groups = []
    for mine in _by_testset(chosen).values():
        splits = len({record.cell.seed for record in mine})
        rows = [_row(group, _entries(group, STRENGTH_METRICS, footnotes, splits)) for group in _row_groups(mine)]
        trivial = [row for row in rows if row.kind == "trivial"]
        groups.append(RowGroup(_describe(mine), tuple(_with_gains(mark_best(rows, columns), trivial, columns))))
    gain = Term(
        "Gain",
        "the lead of our median over the better trivial row's, taken before rounding, in points where the column is in "
        "percent; positive is better in every column",
    )
    legend = (*_meanings(STRENGTH_METRICS.values()), *_methods(chosen), gain, *RULES)
    title = "Identification of distortions and their strengths on held-out photos"
    return Table("Table II", title, columns, tuple(groups), tuple(footnotes.texts), _notes(chosen), legend)


def table_three(records: Iterable[Record]) -> Table:
    """Table III: predicted quality, a row per method and a group of columns per data set, then their average.

    Takes the records of the protocol "quality" out of `records`. The average stands only where there are two data
    sets or more, and is missing where one of them is.
    """
    metrics = {name: SCORE_METRICS[name] for name in ("plcc", "srcc", "score_rmse")}
    footnotes = _Footnotes()
    chosen = [record for record in records if record.cell.protocol == "quality"]
    testsets = _by_testset(chosen)
    columns = [_column(metric, group=name) for name in testsets for metric in metrics.values()]
    if len(testsets) > 1:
        columns += [_column(metric, group="Average") for metric in metrics.values()]
    rows = []
    for group in _row_groups(chosen):
        entries: list[Entry] = []
        for name, all_of_it in testsets.items():
            splits = len({record.cell.seed for record in all_of_it})
            entries += _entries([r for r in group if r.testset.name == name], metrics, footnotes, splits)
        if len(testsets) > 1:
            entries += [average_entry(entries[number :: len(metrics)]) for number in range(len(metrics))]
        rows.append(_row(group, tuple(entries)))
    legend = (*_meanings(metrics.values()), *_methods(chosen), *RULES)
    groups = (RowGroup("", mark_best(rows, columns)),) if rows else ()
    title = "Predicted quality on held-out photos"
    return Table("Table III", title, tuple(columns), groups, tuple(footnotes.texts), _notes(chosen), legend)


def median_entry(records: Sequence[Record], metric: str) -> Entry:
    """Median and quartiles (linear between order statistics) of one metric over the records of one table row.

    Missing without records, and where the metric is undefined on any of the splits: never a median over the rest.
    """
    values = [record.metrics.get(metric) for record in records]
    cells = tuple(record.cell.id for record in records)
    numbers = [value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return Entry(splits=len(values), cells=cells)
    low, median, high = (float(q) for q in np.quantile(numbers, (0.25, 0.5, 0.75)))
    return Entry(median, (low, high) if len(numbers) > 1 else None, len(numbers), cells=cells)


def average_entry(entries: Sequence[Entry]) -> Entry:
    """The mean of several data sets' medians; missing where any of them is, never a mean over the rest."""
    medians = [entry.median for entry in entries if entry.median is not None]
    cells = tuple(cell for entry in entries for cell in entry.cells)
    if not medians or len(medians) < len(entries):
        return Entry(cells=cells)
    return Entry(float(np.mean(medians)), splits=min(entry.splits for entry in entries), cells=cells)


@dataclass
class _Footnotes:
    """Numbers footnotes in order of appearance; the same text keeps its number."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def _entries(
    group: Sequence[Record], metrics: Iterable[str], footnotes: _Footnotes, expected_splits: int
) -> tuple[Entry, ...]:
    entries = []
    for metric in metrics:
        entry = median_entry(group, metric)
        reasons = dict.fromkeys(record.undefined[metric] for record in group if metric in record.undefined)
        numbers = [footnotes.number(f"Not defined: {reason}.") for reason in reasons]
        if 0 < entry.splits < expected_splits:
            numbers.append(footnotes.number(f"Over {entry.splits} of {expected_splits} splits."))
        entries.append(replace(entry, footnotes=tuple(numbers)))
    return tuple(entries)


def _with_gains(rows: Sequence[Row], trivial: Sequence[Row], columns: Sequence[Column]) -> list[Row]:
    with_gains = []
    for row in rows:
        with_gains.append(row)
        if row.kind == "ours":
            gains = [
                _gain(entry, [other.entries[number] for other in trivial], columns[number])
                for number, entry in enumerate(row.entries)
            ]
            with_gains.append(Row("Gain over the better trivial row", "gain", tuple(gains)))
    return with_gains


def _gain(ours: Entry, trivial: Sequence[Entry], column: Column) -> Entry:
    medians = [entry.median for entry in trivial if entry.median is not None]
    # Without both trivial rows the better of them is not known.
    if ours.median is None or len(medians) < 2 or len(medians) < len(trivial):
        return Entry(cells=ours.cells)
    lead = ours.median - max(medians) if column.direction == "higher" else min(medians) - ours.median
    return Entry(lead, splits=ours.splits, cells=ours.cells)


def _row(group: Sequence[Record], entries: tuple[Entry, ...]) -> Row:
    method = METHODS[group[0].cell.method]
    return Row(method.label, method.kind, entries, _detail(group))


def _row_groups(records: Sequence[Record]) -> list[list[Record]]:
    """The records of each row, in the order of METHODS.

    A method that has one variant on each data set is one row, even where that variant differs between data sets
    (each has its own bank); otherwise each variant is its own.
    """
    rows = []
    for name in METHODS:
        variants = by_variant(record for record in records if record.cell.method == name)
        testsets = {variant.test for variant in variants}
        each = list(variants.values())
        rows += [[record for group in each for record in group]] if each and len(each) == len(testsets) else each
    return rows


def _detail(group: Sequence[Record]) -> str:
    """What all records of a row share, in words: "demo@1, K = 5, exiqa-mini, full tuning"."""

    def shared(name: str) -> str | int | None:
        values = {getattr(record.cell, name) for record in group}
        return values.pop() if len(values) == 1 else None

    length, k = shared("prompt_length"), shared("k")
    tuning, template, hyperparameters = shared("tuning"), shared("template"), shared("hyperparameters")
    parts = [
        shared("bank"),
        k and f"K = {k}",
        shared("backbone"),
        tuning and (f"{tuning} tuning, {length} prompts" if length else f"{tuning} tuning"),
        template and f"template {template}",
        shared("preprocessing"),
        hyperparameters and f"settings {str(hyperparameters)[:8]}",
    ]
    return ", ".join(str(part) for part in parts if part)


def _by_testset(records: Sequence[Record]) -> Mapping[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.testset.name, []).append(record)
    return groups


def _describe(records: Sequence[Record]) -> str:
    testset = records[0].testset
    return f"{testset.name}, {len(testset.distortions)} distortions"


def _notes(records: Sequence[Record]) -> tuple[str, ...]:
    notes: dict[str, None] = {}
    for name, mine in _by_testset(records).items():
        seeds = sorted({record.cell.seed for record in mine})
        images = {record.testset.images for record in mine}
        held_out = str(min(images)) if len(images) == 1 else f"{min(images)}–{max(images)}"
        cell, testset = mine[0].cell, mine[0].testset
        notes[
            f"{name}: median over {len(seeds)} {'split' if len(seeds) == 1 else 'splits'} by reference ({cell.split}, "
            f"seeds {', '.join(map(str, seeds))}), with the interquartile range; {held_out} held-out images of "
            f"{testset.references} references a split; true strengths by the map “{cell.strength_map}”."
        ] = None
        if testset.score_is_proxy and cell.protocol == "quality":
            notes[f"{name}: the scores are a proxy ({testset.score}), not the opinions of observers."] = None
        notes.update(dict.fromkeys(f"{name}: {note}" for note in testset.notes))
    return tuple(notes)


def _meanings(metrics: Iterable[Metric]) -> tuple[Term, ...]:
    return tuple(Term(metric.label, f"{metric.meaning}; {metric.direction} is better") for metric in metrics)


def _methods(records: Sequence[Record]) -> tuple[Term, ...]:
    used = {record.cell.method for record in records}
    return tuple(Term(method.label, method.meaning) for name, method in METHODS.items() if name in used)
