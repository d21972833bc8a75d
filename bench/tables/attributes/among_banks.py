"""Where a bank stands among banks of random words that are as large, read out of one tower by one kind of regressor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.tables.parts.notes import method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.quartiles import median, quartiles
from exiqa.bench.tables.parts.rows import (
    Footnotes,
    RowOutcomes,
    by_dataset_pair,
    column_of,
    entries_of,
    row_of,
    row_outcomes,
)
from exiqa.bench.tables.parts.table import UNRANKED_RULES, Column, Entry, Row, RowGroup, Table, Term

SHOWN = ("accuracy", "rmse", "map", "srcc", "plcc", "score_rmse")
"""Of strengths, then of scores."""
OF = {"rmse": "RMSE of strengths", "score_rmse": "RMSE of scores"}
"""What tells the columns apart whose metrics have one label."""
ALIKE = ("protocol", "train", "test", "split", "k", "template", "backbone", "tuning", "prompt_length", "preprocessing",
         "model", "regressor", "attributes", "strength_map")  # fmt: skip
"""The settings in which two rows must agree for their banks to be all that differs."""
OWN_BANK = ("frozen", "exiqa")
"""The methods that read out a bank that means what it says: curated, or written by a model."""
COUNTS = 0.95
"""The share of random banks that a bank has to be better than for what it says to count."""
ENOUGH = 20
"""Random banks that a verdict needs: among fewer, any bank is the best or the worst too often by chance."""
LEGEND = (
    Term("Of the random", "than how many of the random banks the row is better, by the median over the splits that "
         "both have. Better than 19 of 20 is what one bank of random words in twenty would be"),
    Term("Range", "of the row of random banks, the quartiles are over the banks and not over the splits"),
)  # fmt: skip


def bank_table(records: Iterable[Record]) -> Table:
    """A group of rows for each data set and protocol that random banks were drawn on: each bank's figures, and than how
    many of the random banks it is better.

    Rows of another size, tuning or regressor than the random banks' are left out. Without groups where none were drawn.
    """
    records = [record for record in records if not METHODS[record.cell.method].not_comparable(record)]
    drawn = by_variant(record for record in records if record.draws)
    footnotes = Footnotes()
    groups: list[tuple[Sequence[str], RowGroup]] = []
    chosen: list[Record] = []
    verdicts: list[str] = []
    for of_pair in by_dataset_pair(record for group in drawn.values() for record in group).values():
        for variant, random in sorted(by_variant(of_pair).items(), key=lambda one: one[0].attributes or math.inf):
            metrics = [name for name in SHOWN if name in PROTOCOLS[variant.protocol].metrics]
            rivals = [r for r in records if not r.draws and comparable(r.cell, variant)]
            rows = [_row(row, random, metrics, footnotes) for row in row_outcomes(rivals)]
            if rows:
                chosen += [*random, *rivals]
                size = len(random[0].draws)
                label = (
                    f"{labelled_datasets(random[0])}, {PROTOCOLS[variant.protocol].title.lower()}{_at_most(variant)}, "
                    f"K = {variant.k}, {size} random banks"
                )
                groups.append((metrics, RowGroup(label, (*rows, _random_row(random, metrics, footnotes)))))
                verdicts += _verdicts(row_outcomes(rivals), random)
    columns, rows_of = _in_one(groups)
    return Table(
        name="Among random banks",
        title="Where each bank stands among banks of random words of the same size",
        columns=columns,
        groups=rows_of,
        footnotes=footnotes.texts,
        notes=(*verdicts, *protocol_notes(chosen)) if groups else (),
        legend=(*metric_terms([METRICS[name] for name in SHOWN]), *LEGEND, *method_terms(chosen), *UNRANKED_RULES),
        stub="Bank",
    )


def _at_most(cell: Cell) -> str:
    return "" if cell.attributes is None else f" by at most {cell.attributes} attributes"


def comparable(cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in their banks, or in what is drawn, at most."""
    return all(getattr(cell, field) == getattr(other, field) for field in ALIKE)


def better_than(records: Sequence[Record], random: Sequence[Record], metric: str) -> tuple[int, int] | None:
    """(than how many random banks a row is better, how many there are), by medians over the splits that both have.

    None where a split has no value, or there is no split in common.
    """
    by_split = {record.hashes.split: record for record in random}
    pairs = [(record, by_split[record.hashes.split]) for record in records if record.hashes.split in by_split]
    own = [record.metrics.get(metric) for record, _ in pairs]
    values = bank_values([other for _, other in pairs], metric)
    if not pairs or None in own or values is None:
        return None
    mine = median([value for value in own if value is not None])
    lower = METRICS[metric].direction == "lower"
    return sum((mine < value) if lower else (mine > value) for value in values), len(values)


def bank_values(random: Sequence[Record], metric: str) -> list[float] | None:
    """Each random bank's median over the splits; None where one has no value somewhere."""
    by_bank = list(zip(*([draw.metrics.get(metric) for draw in record.draws] for record in random), strict=True))
    if not by_bank or any(value is None for of_bank in by_bank for value in of_bank):
        return None
    return [median([value for value in of_bank if value is not None]) for of_bank in by_bank]


def _verdicts(rows: Iterable[RowOutcomes], random: Sequence[Record]) -> Iterator[str]:
    """Whether what a bank says counts, or any words would do: a sentence a row that is no control.

    By the protocol's first metric: better than 19 of 20 random banks, or as large a share of others, is what counts.
    """
    protocol = PROTOCOLS[random[0].cell.protocol]
    metric = protocol.headline[0]
    for row in rows:
        stands = better_than(row.records, random, metric)
        if row.method not in OWN_BANK or stands is None:
            continue
        better, count = stands
        answer = (
            f"fewer than {ENOUGH} tell nothing" if count < ENOUGH
            else "what it says counts" if better >= COUNTS * count
            else "any words would do better" if better <= (1 - COUNTS) * count
            else "it is not told from random words"
        )  # fmt: skip
        cell = row.records[0].cell
        yield (
            f"{labelled_datasets(row.records[0])}, {protocol.title.lower()}{_at_most(cell)}, K = {cell.k}: "
            f"{cell.bank} ({row.records[0].method_label}) is better than {better} of {count} random banks in "
            f"{METRICS[metric].label}: {answer}."
        )


def _row(row: RowOutcomes, random: Sequence[Record], metrics: Sequence[str], footnotes: Footnotes) -> Row:
    entries = []
    for metric, entry in zip(metrics, entries_of(row, metrics, footnotes, len(random)), strict=True):
        stands = better_than(row.records, random, metric)
        share = (
            Entry(cells=entry.cells) if stands is None else Entry(text=f"{stands[0]} of {stands[1]}", cells=entry.cells)
        )
        entries += [entry, share]
    return row_of(row, entries, footnotes)


def _random_row(random: Sequence[Record], metrics: Sequence[str], footnotes: Footnotes) -> Row:
    row = RowOutcomes(random[0].cell.method, tuple(random), ())
    entries = []
    for metric, entry in zip(metrics, entries_of(row, metrics, footnotes, len(random)), strict=True):
        values = bank_values(random, metric)
        if values is not None:
            low, middle, high = quartiles(values)
            entry = replace(entry, median=middle, quartiles=(low, high), interval=None)
        entries += [entry, Entry(cells=entry.cells)]
    return row_of(row, entries, footnotes)


def _in_one(groups: Sequence[tuple[Sequence[str], RowGroup]]) -> tuple[tuple[Column, ...], tuple[RowGroup, ...]]:
    """The columns of all metrics that a group has, and the groups with an empty entry for those that one has not."""
    used = [name for name in SHOWN if any(name in metrics for metrics, _ in groups)]
    columns = []
    for name in used:
        column = replace(column_of(METRICS[name], OF.get(name, METRICS[name].label)), direction="none")
        columns += [replace(column, label="Figure"), Column("Of the random", "none", 0, group=column.group)]
    spread = []
    for metrics, group in groups:
        rows = []
        for row in group.rows:
            of_metric = {name: row.entries[2 * at : 2 * at + 2] for at, name in enumerate(metrics)}
            entries = [entry for name in used for entry in of_metric.get(name, (Entry(), Entry()))]
            rows.append(replace(row, entries=tuple(entries)))
        spread.append(replace(group, rows=tuple(rows)))
    return tuple(columns), tuple(spread)
