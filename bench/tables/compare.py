"""Two runs side by side: their figures, the differences, and whether those exceed the noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.words import labelled_datasets, settings_in_words
from exiqa.bench.metrics.metric import Metric
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.protocol import PROTOCOLS, Protocol, ProtocolId
from exiqa.bench.tables.pairing import VariantPair, pair_runs
from exiqa.bench.tables.parts.notes import metric_terms
from exiqa.bench.tables.parts.rows import Footnotes, RowOutcomes, column_of, entries_of, row_of
from exiqa.bench.tables.parts.significance import EQUIVALENCE, LEVEL, MIN_SPLITS, mark_pairs
from exiqa.bench.tables.parts.table import (
    SIGNIFICANCE_SIGNS,
    UNRANKED_RULES,
    Entry,
    Row,
    RowGroup,
    Significance,
    Table,
    Term,
)
from exiqa.core.errors import UserError

_MOST_LISTED = 10
"""How many cells without a counterpart a note lists."""

_GAIN = Term(
    "Gain",
    "the second run's median less the first's, turned so that positive is better in every column, taken before "
    "rounding, over the splits that both have",
)
_NOISE = Term(
    " ".join(SIGNIFICANCE_SIGNS[mark] for mark in ("better", "worse", "equal", "equivalent")),
    f"the gain exceeds the noise, for the better or the worse, does not, or is shown to be none. From {MIN_SPLITS} "
    "common splits on by the "
    f"corrected resampled t-test (Nadeau and Bengio, 2003), two-sided, at {LEVEL:g} after Holm's correction over the "
    "column. Below that by the 95 % bootstrap intervals over references: the gain exceeds the noise where the two do "
    "not touch on any common split, always to the same side, which is stricter. No sign: the images or an interval "
    f"are wanting. {EQUIVALENCE}",
)


def compare_runs(base: Iterable[Record], other: Iterable[Record], names: tuple[str, str]) -> tuple[Table, ...]:
    """A table per protocol with a group of rows for each pair of variants: both runs and the gain.

    Figures are medians over the splits that both runs have.

    Args:
        base: The records of one run.
        other: Those of the run whose gain is shown.
        names: What the two runs are called.

    Raises:
        UserError: The runs have nothing in common.
    """
    pairing = pair_runs(base, other)
    by_protocol: dict[ProtocolId, list[VariantPair]] = {name: [] for name in PROTOCOLS}
    for pair in pairing.pairs:
        by_protocol[pair.base_variant.protocol].append(pair)
    tables = [_table(PROTOCOLS[name], pairs, names) for name, pairs in by_protocol.items() if pairs]
    if not tables:
        raise UserError(
            f"{names[0]} and {names[1]} have no cells to compare: none agree in protocol, method, data sets and split "
            "ratio; give two runs of one suite"
        )
    alone = _without_counterpart(names[0], pairing.only_base), _without_counterpart(names[1], pairing.only_other)
    return (replace(tables[0], notes=(*tables[0].notes, *(note for note in alone if note))), *tables[1:])


def _table(protocol: Protocol, pairs: Sequence[VariantPair], names: tuple[str, str]) -> Table:
    metrics = protocol.metrics
    footnotes = Footnotes()
    columns = tuple(column_of(metric) for metric in metrics.values())
    marks = {metric: _marks(pairs, metric) for metric in metrics}
    groups = []
    for number, pair in enumerate(pairs):
        rows = [
            _row(name, records, variant, metrics, footnotes)
            for name, records, variant in zip(
                names, (pair.base, pair.other), (pair.base_variant, pair.other_variant), strict=True
            )
        ]
        gain = [
            _gain(metric, *(row.entries[at] for row in rows), mark=marks[metric][number])
            for at, metric in enumerate(metrics)
        ]
        caveats = tuple(footnotes.number(text) for text in _caveats(pair))
        groups.append(
            RowGroup(_label(pair), (*rows, Row(f"Gain of {names[1]}", "gain", tuple(gain), footnotes=caveats)))
        )
    return Table(
        name=f"{protocol.title} compared",
        title=f"{names[1]} beside {names[0]}",
        columns=columns,
        groups=tuple(groups),
        footnotes=footnotes.texts,
        notes=(),
        legend=(*metric_terms(metrics.values()), _GAIN, _NOISE, *UNRANKED_RULES),
        stub="Run",
    )


def _row(
    name: str, records: tuple[Record, ...], variant: Cell, metrics: Mapping[str, Metric], footnotes: Footnotes
) -> Row:
    cells = RowOutcomes(variant.method, records, ())
    return replace(row_of(cells, entries_of(cells, metrics, footnotes, len(records)), footnotes), label=name)


def _gain(metric: str, base: Entry, other: Entry, *, mark: Significance) -> Entry:
    cells = (*base.cells, *other.cells)
    if base.median is None or other.median is None:
        return Entry(cells=cells)
    difference = other.median - base.median
    gain = difference if METRICS[metric].direction == "higher" else -difference
    return Entry(gain, splits=other.splits, cells=cells, significance=mark)


def _marks(pairs: Sequence[VariantPair], metric: str) -> tuple[Significance, ...]:
    """Whether the gain of each pair exceeds the noise (see `_NOISE`)."""
    # On other data the figures are not paired: nothing is tested.
    tested = mark_pairs([(pair.other, pair.base) if pair.same_data else ((), ()) for pair in pairs], metric)
    return tuple(
        beyond_intervals(pair.base, pair.other, metric) if mark == "few" else mark
        for pair, mark in zip(pairs, tested, strict=True)
    )


def beyond_intervals(base: Sequence[Record], other: Sequence[Record], metric: str) -> Significance:
    """Whether the bootstrap intervals of two rows, paired by split, are apart on every split, to the same side.

    "better": the other's are on the better side of the base's; "equal" where any two touch; "few" where an interval
    is missing.
    """
    sides = []
    for first, second in zip(base, other, strict=True):
        before, after = first.intervals.get(metric), second.intervals.get(metric)
        if before is None or after is None:
            return "few"
        sides.append(1 if after[0] > before[1] else -1 if after[1] < before[0] else 0)
    if not sides:
        return "few"
    if 0 in sides or len(set(sides)) > 1:
        return "equal"
    return "better" if (sides[0] > 0) == (METRICS[metric].direction == "higher") else "worse"


def _label(pair: VariantPair) -> str:
    where, method = labelled_datasets(pair.named_by), pair.named_by.method_label
    return f"{where}, {method}: {', '.join(pair.changes) or 'nothing changed'}"


def _caveats(pair: VariantPair) -> tuple[str, ...]:
    caveats = []
    if not pair.base:
        caveats.append("No split is in common.")
    elif len(pair.base) < max(pair.splits):
        caveats.append(f"Over the {len(pair.base)} splits in common, of {pair.splits[0]} and {pair.splits[1]}.")
    if not pair.same_data:
        caveats.append("The two were not tested on the same images with the same truth, so the gain is not tested.")
    return tuple(caveats)


def _without_counterpart(name: str, variants: Sequence[Record]) -> str:
    if not variants:
        return ""
    listed = "; ".join(_described(variant) for variant in variants[:_MOST_LISTED])
    more = f"; and {len(variants) - _MOST_LISTED} more" if len(variants) > _MOST_LISTED else ""
    return f"Only in {name}: {listed}{more}."


def _described(record: Record) -> str:
    where, settings = labelled_datasets(record), settings_in_words(record.cell)
    return f"{record.cell.protocol} on {where}, {record.method_label}, {settings}"
