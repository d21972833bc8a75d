"""What the paper's tables share: figures from records, rows from the records of a method, gains, published rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from exiqa.bench.cells.dataset_record import FailedDataset
from exiqa.bench.cells.parts import Pretraining
from exiqa.bench.cells.record import Cell, FailedCell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import SETTINGS, labelled_datasets
from exiqa.bench.methods.method import METHODS, in_row_order
from exiqa.bench.metrics.metric import Metric
from exiqa.bench.tables.parts.published import STANDIN_PREFIX, PublishedRow, is_standin, published_datasets, real_name
from exiqa.bench.tables.parts.quartiles import median, quartiles
from exiqa.bench.tables.parts.significance import mark_significance
from exiqa.bench.tables.parts.table import Column, Entry, Row, Significance, join_settings, mark_best

STANDIN = (
    f"Published on the real data set. One whose name begins with “{STANDIN_PREFIX}” is a stand-in with other and fewer "
    "images: beside it the figure shows the order of magnitude and is not to be compared."
)
"""The footnote of a published row beside a stand-in."""

DatasetPair = tuple[str, str]
"""(data set trained on, data set tested on)."""


@dataclass
class Footnotes:
    """Numbers footnotes in order of appearance; the same text keeps its number."""

    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[str, ...]:
        """In the order of their numbers."""
        return tuple(self._numbers)

    def number(self, text: str) -> int:
        """The number (from 1) of a text: a new one for a text that is new."""
        return self._numbers.setdefault(text, len(self._numbers) + 1)


def column_of(metric: Metric, group: str = "") -> Column:
    """A column of one metric's figures."""
    return Column(metric.label, metric.direction, metric.decimals, metric.percent, group)


def dataset_pair(cell: Cell) -> DatasetPair:
    """What a cell was trained and what it was tested on."""
    return cell.train, cell.test


def by_dataset_pair(records: Iterable[Record]) -> dict[DatasetPair, list[Record]]:
    """Records by what was trained and what was tested on, in the order of `dataset_pair_order`."""
    groups: dict[DatasetPair, list[Record]] = {}
    for record in records:
        groups.setdefault(dataset_pair(record.cell), []).append(record)
    return {pair: groups[pair] for pair in sorted(groups, key=dataset_pair_order)}


def dataset_order(name: str) -> tuple[int, str]:
    """A sorting key: data sets in the paper's order (a stand-in where its data set would be), others after, by name."""
    papers = list(published_datasets())
    real = real_name(name)
    return (papers.index(real) if real in papers else len(papers)), name


def dataset_pair_order(pair: DatasetPair) -> tuple[tuple[int, str], ...]:
    """A sorting key: by what is trained on, then by what is tested on, as `dataset_order`."""
    return tuple(dataset_order(name) for name in pair)


def seeds_of(records: Iterable[Record]) -> int:
    """How many different splits records are over."""
    return len({record.cell.seed for record in records})


def median_entry(records: Sequence[Record], metric: str) -> Entry:
    """Median and quartiles (linear between order statistics) of one metric over the records of one table row.

    Missing without records, and where the metric is undefined on any of the splits: never a median over the rest.
    """
    return _median(records, metric, tuple(record.cell.id for record in records))


def _median(records: Sequence[Record], metric: str, cells: tuple[str, ...]) -> Entry:
    values = [record.metrics.get(metric) for record in records]
    numbers = [value for value in values if value is not None]
    if not numbers or len(numbers) < len(values):
        return Entry(splits=len(values), cells=cells)
    low, middle, high = quartiles(numbers)
    spread = (low, high) if len(numbers) > 1 else None
    images = min(record.testset.images for record in records)
    return Entry(middle, spread, len(numbers), cells=cells, interval=_interval(records, metric), images=images)


def _interval(records: Sequence[Record], metric: str) -> tuple[float, float] | None:
    intervals = [interval for record in records if (interval := record.intervals.get(metric)) is not None]
    if len(intervals) < len(records):
        return None
    lows, highs = zip(*intervals, strict=True)
    return median(lows), median(highs)


def average_entry(entries: Sequence[Entry]) -> Entry:
    """The mean of several data sets' medians; missing where any of them is, never a mean over the rest."""
    medians = [entry.median for entry in entries if entry.median is not None]
    cells = tuple(cell for entry in entries for cell in entry.cells)
    if not medians or len(medians) < len(entries):
        return Entry(cells=cells)
    images = [entry.images for entry in entries if entry.images is not None]
    splits = min(entry.splits for entry in entries)
    return Entry(float(np.mean(medians)), splits=splits, cells=cells, images=min(images, default=None))


@dataclass(frozen=True)
class RowOutcomes:
    """What one row is made of. One of the two may be empty."""

    method: str
    """A key of METHODS."""
    records: tuple[Record, ...]
    failed: tuple[FailedCell, ...]
    withheld: tuple[Record, ...] = ()
    """Records that cannot be fair (`Method.not_comparable`): no figure is taken from them."""

    def by_dataset_pair(self, pairs: Iterable[DatasetPair]) -> dict[DatasetPair, RowOutcomes]:
        """What of it is of each pair of data sets, maybe nothing."""
        records: dict[DatasetPair, list[Record]] = {}
        failed: dict[DatasetPair, list[FailedCell]] = {}
        for record in self.records:
            records.setdefault(dataset_pair(record.cell), []).append(record)
        for failure in self.failed:
            failed.setdefault(dataset_pair(failure.cell), []).append(failure)
        withheld = {
            pair: tuple(record for record in self.withheld if dataset_pair(record.cell) == pair) for pair in pairs
        }
        return {
            pair: RowOutcomes(self.method, tuple(records.get(pair, ())), tuple(failed.get(pair, ())), withheld[pair])
            for pair in withheld
        }


def row_outcomes(records: Iterable[Record], failures: Iterable[FailedCell] = ()) -> list[RowOutcomes]:
    """The cells of each row, in the order of `in_row_order`, then of their settings.

    A method that has one variant for each pair of data sets is one row, even where that variant differs between them
    (each data set has its own bank, and may have its own length of prompts). Where it has more, its labels and then its
    settings tell the rows apart, and where they do not, each variant is a row of its own.
    """
    recorded = by_variant(records)
    failed: dict[Cell, list[FailedCell]] = {}
    for failure in failures:
        failed.setdefault(failure.cell.variant, []).append(failure)
    by_method: dict[str, dict[str, list[Cell]]] = {}
    for variant in sorted({*recorded, *failed}, key=_variant_order):
        label = (*recorded.get(variant, ()), *failed.get(variant, ()))[0].method_label
        by_method.setdefault(variant.method, {}).setdefault(label, []).append(variant)
    rows = []
    for variants in (of_label for method in in_row_order(by_method) for of_label in by_method[method].values()):
        settings: dict[Cell, list[Cell]] = {}
        # A method with one variant for each pair needs no settings to tell its rows apart.
        is_one_row = _one_per_pair(variants)
        for variant in variants:
            key = variants[0] if is_one_row else variant
            settings.setdefault(key.model_copy(update=_OF_A_DATASET), []).append(variant)
        for alike in settings.values():
            rows += [alike] if _one_per_pair(alike) else [[variant] for variant in alike]
    return [
        _outcomes(
            row[0].method,
            [record for variant in row for record in recorded.get(variant, ())],
            [failure for variant in row for failure in failed.get(variant, ())],
        )
        for row in rows
    ]


def _outcomes(method: str, records: Sequence[Record], failed: Sequence[FailedCell]) -> RowOutcomes:
    """A row with what cannot be fair withheld from its figures."""
    reason = METHODS[method].not_comparable
    fair, withheld = (tuple(record for record in records if bool(reason(record)) == unfair) for unfair in (False, True))
    return RowOutcomes(method, fair, tuple(failed), withheld)


_OF_A_DATASET: dict[str, object] = {
    "train": "", "test": "", "bank": None, "prompt_length": None, "strength_map": "", "hyperparameters": None,
}  # fmt: skip
"""The settings of a variant that may differ between the data sets of one row."""


def _one_per_pair(variants: Iterable[Cell]) -> bool:
    pairs = [dataset_pair(variant) for variant in variants]
    return len(set(pairs)) == len(pairs)


def _variant_order(cell: Cell) -> tuple[object, ...]:
    rest = (cell.bank, cell.template, cell.backbone, cell.tuning, cell.preprocessing, cell.model, cell.hyperparameters)
    return (
        dataset_pair_order(dataset_pair(cell)),
        cell.k or 0,
        cell.prompt_length or 0,
        cell.regressor or "",
        cell.attributes or 0,
        *(value or "" for value in rest),
    )


def entries_of(
    outcomes: RowOutcomes, metrics: Iterable[str], footnotes: Footnotes, expected_splits: int
) -> list[Entry]:
    """One entry a metric over the records of one row on one pair of data sets, with footnotes.

    The footnotes say why a figure is not defined, that it is over fewer than `expected_splits` splits, and why the
    cells that are wanting were not run.
    """
    ids = tuple(record.cell.id for record in outcomes.records)
    wanting = [footnotes.number(text) for text in why_not_run(outcomes.failed)] if len(ids) < expected_splits else []
    entries = []
    for metric in metrics:
        entry = _median(outcomes.records, metric, ids)
        why = dict.fromkeys(record.undefined[metric] for record in outcomes.records if metric in record.undefined)
        numbers = [footnotes.number(f"Not defined: {reason}.") for reason in why]
        if 0 < entry.splits < expected_splits:
            numbers.append(footnotes.number(f"Over {entry.splits} of {expected_splits} splits."))
        entries.append(replace(entry, footnotes=(*numbers, *wanting)) if numbers or wanting else entry)
    return entries


def why_not_run(failures: Iterable[FailedCell | FailedDataset]) -> tuple[str, ...]:
    """The different reasons of what was not run, a sentence each."""
    return tuple(dict.fromkeys(f"Not run: {failed.error.strip().rstrip('.')}." for failed in failures))


def row_of(outcomes: RowOutcomes, entries: Sequence[Entry], footnotes: Footnotes, more: Iterable[int] = ()) -> Row:
    """A row: its label, what its cells share, and its figures.

    Args:
        outcomes: What the row is made of.
        entries: Its figures. Without any record, the reasons stand once at the row and not at each figure.
        footnotes: The table's.
        more: Numbers of footnotes to the whole row.
    """
    method, numbers = METHODS[outcomes.method], tuple(more)
    if not outcomes.records:
        entries = [replace(entry, footnotes=()) for entry in entries]
        numbers += tuple(footnotes.number(text) for text in why_not_run(outcomes.failed))
    reasons = dict.fromkeys(method.not_comparable(record) for record in outcomes.withheld)
    numbers += tuple(footnotes.number(f"Not comparable: {reason}.") for reason in reasons)
    numbers += tuple(footnotes.number(text) for text in what_pretraining_gave(outcomes.records))
    known = (*outcomes.records, *outcomes.withheld, *outcomes.failed)
    settings = settings_in_common([outcome.cell for outcome in known])
    label = next((outcome.method_label for outcome in known), method.label)
    if outcomes.withheld and not outcomes.records:
        label = f"{label}, not comparable"
    return Row(label, method.kind, tuple(entries), join_settings(settings), numbers, settings)


def what_pretraining_gave(records: Iterable[Record]) -> tuple[str, ...]:
    """What a row owes to what its backbone had met, and what may then be said of its lead: at most one sentence.

    By the records' cards (`exiqa.bench.cells.parts.Pretraining`): nothing without one, or if nothing was met.
    """
    met: dict[str, Pretraining] = {}
    tuned = False
    for record in records:
        if record.pretraining is not None and (record.pretraining.distortions or record.pretraining.attributes):
            met.setdefault(labelled_datasets(record), record.pretraining)
            tuned = tuned or record.cell.tuning not in (None, "frozen")
    if not met:
        return ()
    counts = "; ".join(
        f"{where} {one.distortions} distortion{'s' * (one.distortions != 1)}"
        + (f" and {one.attributes} of the {one.of_attributes} attributes" if one.of_attributes else "")
        for where, one in met.items()
    )
    if not any(one.of_attributes for one in met.values()):
        consequence = "What its embedding knows of them it knows from there"
    elif tuned:
        consequence = "Tuning is the lead over the frozen row alone"
    elif any(one.attributes for one in met.values()):
        consequence = "Its lead over other words is in part that these were learned"
    else:
        consequence = "Its words are new to the backbone: the lead of learned ones over it is not one of words alone"
    return (f"Met in pretraining: {counts}. {consequence}.",)


def with_significance(
    rows: Sequence[Row], columns: Sequence[tuple[str, Sequence[Sequence[Record]]] | None]
) -> list[Row]:
    """The rows with each figure tested against the best other row's (`exiqa.bench.tables.parts.significance`).

    Args:
        rows: The rows of one group.
        columns: For each column its metric and the records of each row there; None for one that is not tested.
    """
    untested: list[Significance] = [""] * len(rows)
    marks: list[Sequence[Significance]] = [
        untested if column is None else mark_significance(column[1], column[0]) for column in columns
    ]
    return [
        replace(
            row,
            entries=tuple(
                replace(entry, significance=of[at]) if of[at] else entry
                for entry, of in zip(row.entries, marks, strict=True)
            ),
        )
        for at, row in enumerate(rows)
    ]


def rows_of_columns(
    outcomes: Sequence[RowOutcomes],
    by_column: Sequence[Sequence[tuple[Record, ...]]],
    metric: str,
    columns: Sequence[Column],
    footnotes: Footnotes,
    expected_splits: int,
) -> tuple[Row, ...]:
    """The rows of a table that has one metric in all its columns, each over records of its own, marked and tested.

    Args:
        outcomes: What each row is made of.
        by_column: For each column the records of each row there, whose figure the metric then is.
        metric: Its id.
        columns: As many as in `by_column`.
        footnotes: The table's.
        expected_splits: As of `entries_of`.
    """
    rows = []
    for number, row in enumerate(outcomes):
        entries = []
        for of_column in by_column:
            part = RowOutcomes(row.method, of_column[number], row.failed)
            entries += entries_of(part, [metric], footnotes, expected_splits)
        rows.append(row_of(row, entries, footnotes))
    return tuple(with_significance(mark_best(rows, columns), [(metric, of_column) for of_column in by_column]))


def published_entry(figure: PublishedRow | None, footnotes: Footnotes) -> Entry:
    """A figure of the paper as it prints it, its flag as a footnote; missing where the paper has none."""
    if figure is None:
        return Entry()
    numbers = (footnotes.number(f"{figure.flag[0].upper()}{figure.flag[1:]}."),) if figure.flag else ()
    if figure.value is None:
        return Entry(footnotes=numbers)
    return Entry(figure.value, footnotes=numbers, text=figure.printed)


def published_label(method: str) -> str:
    """The label of a published row, which says so wherever the row stands."""
    return f"{method}, published"


def standin_footnotes(datasets: Iterable[str], footnotes: Footnotes) -> tuple[int, ...]:
    """The footnote of a published row beside stand-ins: the paper measured on other images."""
    return (footnotes.number(STANDIN),) if any(is_standin(name) for name in datasets) else ()


def settings_in_common(cells: Sequence[Cell]) -> tuple[tuple[str, str], ...]:
    """What cells share besides their data sets, by field of `Cell`, in words: ("bank", "demo@1"), ("k", "K = 5")."""

    def shared(field: str) -> str | int | None:
        values = {getattr(cell, field) for cell in cells}
        return values.pop() if len(values) == 1 else None

    return tuple((field, SETTINGS[field].say(value)) for field in _ROW_SETTINGS if (value := shared(field)))


_ROW_SETTINGS = (
    "bank", "k", "model", "backbone", "tuning", "prompt_length", "template", "preprocessing", "regressor", "attributes",
    "hyperparameters",
)  # fmt: skip
"""What is told of a row, in this order; no prompts are no news, and strength maps stand below the table."""
