"""Records by what they share besides the seed: what one row of a table is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

from exiqa.bench.cells.record import Cell, Record

all_but_seed: Callable[[Cell], tuple[object, ...]] = attrgetter(*(f for f in Cell.model_fields if f != "seed"))
"""Equal for cells of one `Cell.variant`, and much quicker than making that of each of thousands of records."""


def by_variant(records: Iterable[Record]) -> dict[Cell, list[Record]]:
    """The records grouped by what they share besides the seed, in order of first appearance, seeds ascending."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(all_but_seed(record.cell), []).append(record)
    return {group[0].cell.variant: sorted(group, key=lambda one: one.cell.seed) for group in groups.values()}
