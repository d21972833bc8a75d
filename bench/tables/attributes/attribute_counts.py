"""SRCC against the number of attributes that have a part in the score, as a table."""

from __future__ import annotations

from collections.abc import Iterable

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.methods.method import METHODS, in_row_order
from exiqa.bench.metrics.registry import METRICS
from exiqa.bench.tables.parts.notes import method_terms, metric_terms, protocol_notes
from exiqa.bench.tables.parts.rows import by_dataset_pair, median_entry, settings_in_common
from exiqa.bench.tables.parts.table import RULES, Column, Entry, Row, RowGroup, Table, join_settings, mark_best

METRIC = "srcc"
ALL = "all"
"""What stands in the place of a number for a score that takes every attribute."""
WHICH = (
    "Attributes are chosen one by one on the training side, each the one that leaves the least squared error, and "
    "their number on the validation side, up to the one that is stated; “all” is ridge regression on the same features."
)

Series = dict[int | None, list[Record]]
"""Number of attributes (None: all) -> the records, one a split."""


def attribute_series(records: Iterable[Record]) -> dict[str, dict[Cell, Series]]:
    """The records of rows that are there with several numbers of attributes.

    Returns:
        By the label of the data set, by what the cells of a series share, numbers ascending, all last.
    """
    chosen = [record for record in records if record.cell.table == "III"]
    by_label: dict[str, dict[Cell, Series]] = {}
    for of_pair in by_dataset_pair(chosen).values():
        variants = by_variant(of_pair)
        few = [variant for variant in variants if variant.attributes is not None]
        series: dict[Cell, Series] = {}
        for variant in sorted(few, key=lambda cell: cell.attributes or 0):
            series.setdefault(_shared(variant), {})[variant.attributes] = variants[variant]
        for shared, of_series in series.items():
            whole = [v for v in variants if v.attributes is None and _is_whole(v, shared)]
            if whole:
                of_series[None] = variants[whole[0]]
        if series:
            by_label[of_pair[0].test_label] = {
                cell: series[cell]
                for method in in_row_order(cell.method for cell in series)
                for cell in series
                if cell.method == method
            }
    return by_label


def attribute_table(records: Iterable[Record]) -> Table:
    """The figures of the plots: a row a method, a column a number of attributes, a group a data set."""
    records = list(records)
    by_label = attribute_series(records)
    numbers = sorted({n for s in by_label.values() for of in s.values() for n in of if n is not None})
    numbers_and_all: list[int | None] = [*numbers, None]
    metric = METRICS[METRIC]
    columns = tuple(
        Column(number_label(number), metric.direction, metric.decimals, group="Attributes in the score, at most")
        for number in numbers_and_all
    )
    groups, shown = [], []
    for label, series in by_label.items():
        rows = []
        for shared, of_series in series.items():
            entries = [median_entry(of_series[n], METRIC) if n in of_series else Entry() for n in numbers_and_all]
            shown += [record for of_number in of_series.values() for record in of_number]
            settings = settings_in_common([shared])
            method = METHODS[shared.method]
            rows.append(Row(method.label, method.kind, tuple(entries), join_settings(settings), settings=settings))
        groups.append(RowGroup(label if len(by_label) > 1 else "", mark_best(rows, columns)))
    return Table(
        name="Number of attributes",
        title=f"{metric.label} on held-out photos by the number of attributes in the score",
        columns=columns,
        groups=tuple(groups),
        footnotes=(),
        notes=(WHICH, *protocol_notes(shown)) if groups else (),
        legend=(*metric_terms([metric]), *method_terms(shown), *RULES),
    )


def _shared(variant: Cell) -> Cell:
    """What the cells of one series have in common."""
    nothing = {"attributes": None, "hyperparameters": None, "regressor": _features(variant)}
    return variant.model_copy(update=nothing)


def _is_whole(variant: Cell, shared: Cell) -> bool:
    return (variant.regressor or "").startswith("ridge on ") and _shared(variant) == shared


def _features(variant: Cell) -> str:
    """ "logit of P(a|I)" of "sparse on logit of P(a|I)"."""
    return (variant.regressor or "").partition(" on ")[2]


def number_label(number: int | None) -> str:
    """How a number of attributes is printed."""
    return ALL if number is None else str(number)
