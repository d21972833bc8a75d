"""What of a lead over a constant is the embedding, what is words, and what is tuning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import labelled_datasets
from exiqa.bench.methods.method import METHODS
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.attributes.among_banks import ALIKE
from exiqa.bench.tables.parts.notes import protocol_notes
from exiqa.bench.tables.parts.rows import dataset_pair, dataset_pair_order, median_entry, what_pretraining_gave
from exiqa.bench.tables.parts.significance import mark_pairs, significance_notes
from exiqa.bench.tables.parts.table import SIGNIFICANCE_SIGNS, UNRANKED_RULES, Column, Entry, Row, RowGroup, Table, Term

METRIC_OF = {"identification": "map", "quality": "srcc"}
"""By protocol, the metric whose lead is taken apart."""
COLUMNS = (
    Column("Constant", "none", 3),
    Column("Embedding", "none", 3),
    Column("Words", "none", 3),
    Column("Tuning", "none", 3),
    Column("Ours", "none", 3),
)
LEGEND = (
    Term("Constant", "the better trivial row; 0 of a correlation, where a constant has none"),
    Term("Embedding", "what the median bank of random words, read out of the untuned tower, leads the constant by: "
         "what its pretraining saw in pixels, reached through any words"),
    Term("Words", "what our bank, read out of the same tower, leads the random words by. Where the tower learned these "
         "very attributes in pretraining, this is words and pretraining together"),
    Term("Tuning", "what ours leads the same bank in the untuned tower by"),
    Term("Ours", "the sum of the four"),
    Term(
        " ".join(SIGNIFICANCE_SIGNS[mark] for mark in ("better", "worse", "equal", "equivalent")),
        "the step is beyond the noise, up or down, is not told apart from none, or is shown to be within the margin",
    ),
)  # fmt: skip


def lead_table(records: Iterable[Record]) -> Table:
    """A row for each variant of ours, tuned and tested on one data set, that has its random, frozen and trivial rows.

    Ours, the frozen row and the random banks agree in all but bank and tuning.
    """
    records = [record for record in records if record.cell.table in ("II", "III")]
    groups: list[RowGroup] = []
    chosen: list[Record] = []
    for protocol, metric in METRIC_OF.items():
        of_protocol = [record for record in records if record.cell.protocol == protocol]
        rows = []
        alike: dict[tuple[object, ...], list[Record]] = {}
        trivial: dict[str, list[Record]] = {}
        for record in of_protocol:
            alike.setdefault(_setting(record.cell), []).append(record)
            if METHODS[record.cell.method].kind == "trivial":
                trivial.setdefault(record.cell.test, []).append(record)
        ours = by_variant(r for r in of_protocol if METHODS[r.cell.method].kind == "ours" and r.cell.tuning != "frozen")
        for variant in sorted(ours, key=lambda cell: dataset_pair_order(dataset_pair(cell))):
            found = _steps(ours[variant], alike[_setting(variant)], trivial.get(variant.test, []), metric)
            if found is not None:
                steps, used = found
                chosen += used
                first = used[0]
                detail = ", ".join(filter(None, (f"K = {variant.k}", variant.regressor)))
                rows.append(Row(labelled_datasets(first), "gain", tuple(steps), detail))
        if rows:
            groups.append(RowGroup(METRICS[metric].label, tuple(rows)))
    marks = {entry.significance for group in groups for row in group.rows for entry in row.entries}
    return Table(
        name="Where the lead comes from",
        title="What of our lead over a constant is the embedding, what is words, and what is tuning",
        columns=COLUMNS,
        groups=tuple(groups),
        footnotes=(),
        notes=(
            *protocol_notes(chosen),
            *what_pretraining_gave([r for r in chosen if METHODS[r.cell.method].kind == "control" and not r.draws]),
            *significance_notes(marks),
        )
        if groups
        else (),
        legend=(*LEGEND, *UNRANKED_RULES),
        stub="Data set",
    )


_SAME = tuple(field for field in ALIKE if field not in ("tuning", "prompt_length"))


def _setting(cell: Cell) -> tuple[object, ...]:
    """What a row of ours has in common with those that its lead is told apart by: all but bank and tuning."""
    return tuple(getattr(cell, field) for field in _SAME)


def _steps(
    ours: Sequence[Record], alike: Sequence[Record], trivial: Sequence[Record], metric: str
) -> tuple[list[Entry], list[Record]] | None:
    """The entries of a row, and the records behind them; None where one of the rows is wanting.

    Args:
        ours: The row's records.
        alike: The records that agree with it in its `_setting`.
        trivial: Those of the constants on its data set.
        metric: Its id.
    """
    cell = ours[0].cell
    untuned = [r for r in alike if r.cell.tuning == "frozen"]
    frozen = [r for r in untuned if r.cell.method == "frozen" and r.cell.bank == cell.bank]
    random = [r for r in untuned if r.draws]
    constants = by_variant(trivial)
    seeds = set.intersection(*({r.cell.seed for r in side} for side in (ours, frozen, random)))
    if not seeds or len(by_variant(frozen)) != 1 or len(by_variant(random)) != 1:
        return None
    ours, frozen, random = ([r for r in side if r.cell.seed in seeds] for side in (ours, frozen, random))
    known = [entry for group in constants.values() if (entry := median_entry(group, metric)).median is not None]
    constant = max(known, key=lambda entry: entry.median or 0) if known else Entry(0.0)
    levels = [constant, *(median_entry(side, metric) for side in (random, frozen, ours))]
    medians = [entry.median for entry in levels if entry.median is not None]
    if len(medians) < len(levels):
        return None
    marks = mark_pairs([(frozen, random), (ours, frozen)], metric)
    steps = [
        Entry(after - before, splits=len(seeds), cells=entry.cells, images=entry.images)
        for before, after, entry in zip(medians, medians[1:], levels[1:], strict=False)
    ]
    signed = [
        steps[0],
        *(Entry(e.median, splits=e.splits, cells=e.cells, images=e.images, significance=m)
          for e, m in zip(steps[1:], marks, strict=True)),
    ]  # fmt: skip
    return [levels[0], *signed, levels[-1]], [*random, *frozen, *ours]
