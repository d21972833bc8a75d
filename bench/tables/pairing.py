"""Which cells of two runs belong side by side: those that agree in everything but what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter, ne

from exiqa.bench.cells.record import Cell, Record
from exiqa.bench.cells.variants import by_variant
from exiqa.bench.cells.words import SETTINGS, version_changes


@dataclass(frozen=True)
class VariantPair:
    """A variant of one run and its counterpart in the other: their records on the splits that both have."""

    base: tuple[Record, ...]
    other: tuple[Record, ...]
    """As many as `base`, split by split; both are empty where no split is in common."""
    base_variant: Cell
    other_variant: Cell
    named_by: Record
    """One of the second run's, whose labels name both."""
    splits: tuple[int, int]
    """How many splits each of the two has."""

    @property
    def changes(self) -> tuple[str, ...]:
        """What differs between the two, in words, outside their figures."""
        changes = [
            f"{setting.name} {_in_words(before)} → {_in_words(after)}"
            for field, setting in SETTINGS.items()
            if (before := getattr(self.base_variant, field)) != (after := getattr(self.other_variant, field))
        ]
        records = list(zip(self.base, self.other, strict=True))
        if any(a.cell.bank == b.cell.bank and a.hashes.bank != b.hashes.bank for a, b in records):
            changes.append("another bank of the same name")
        if not self.same_data:
            changes.append("other data")
        changes += dict.fromkeys(change for a, b in records for change in version_changes(a.versions, b.versions))
        return tuple(changes)

    @property
    def same_data(self) -> bool:
        """Whether both predicted the same truth for the same images."""
        return all(a.hashes.dataset == b.hashes.dataset for a, b in zip(self.base, self.other, strict=True))


@dataclass(frozen=True)
class Pairing:
    """Two runs, variant by variant."""

    pairs: tuple[VariantPair, ...]
    """In the order of the base run."""
    only_base: tuple[Record, ...]
    """One of each variant that has no counterpart."""
    only_other: tuple[Record, ...]


def pair_runs(base: Iterable[Record], other: Iterable[Record]) -> Pairing:
    """The variants of two runs side by side.

    Counterparts agree in protocol, method, data sets and split ratio. A variant that both runs have is its own
    counterpart. Of the others two are paired where each is the only one that differs from the other in the fewest
    settings; so K = 3 of one bank meets K = 3 of another, and what is ambiguous is left alone.
    """
    base_rows, other_rows = by_variant(base), by_variant(other)
    counterparts = {variant: variant for variant in base_rows if variant in other_rows}
    unpaired_base = [variant for variant in base_rows if variant not in counterparts]
    unpaired_other = [variant for variant in other_rows if variant not in counterparts]
    strata: dict[Cell, list[Cell]] = {}
    for variant in unpaired_other:
        strata.setdefault(_stratum(variant), []).append(variant)
    rivals: dict[Cell, list[Cell]] = {}
    for variant in unpaired_base:
        rivals.setdefault(_stratum(variant), []).append(variant)
    for variant in unpaired_base:
        nearest = _nearest(variant, strata.get(_stratum(variant), []))
        if nearest is not None and _nearest(nearest, rivals[_stratum(variant)]) == variant:
            counterparts[variant] = nearest
    paired_other = set(counterparts.values())
    return Pairing(
        tuple(
            _pair(base_rows[v], other_rows[counterparts[v]], v, counterparts[v]) for v in base_rows if v in counterparts
        ),
        tuple(records[0] for variant, records in base_rows.items() if variant not in counterparts),
        tuple(records[0] for variant, records in other_rows.items() if variant not in paired_other),
    )


def _pair(base: list[Record], other: list[Record], variant: Cell, counterpart: Cell) -> VariantPair:
    by_split = {record.hashes.split: record for record in other}
    common = [record for record in base if record.hashes.split in by_split]
    return VariantPair(
        tuple(common),
        tuple(by_split[record.hashes.split] for record in common),
        variant,
        counterpart,
        other[0],
        (len(base), len(other)),
    )


def _stratum(variant: Cell) -> Cell:
    """What counterparts have in common."""
    return variant.model_copy(update=dict.fromkeys(SETTINGS))


def _nearest(variant: Cell, candidates: list[Cell]) -> Cell | None:
    """The one candidate that differs in the fewest settings; None where there is none, or more than one."""
    settings = _settings(variant)
    distances = [sum(map(ne, settings, _settings(candidate))) for candidate in candidates]
    if not distances or distances.count(min(distances)) > 1:
        return None
    return candidates[distances.index(min(distances))]


_settings = attrgetter(*SETTINGS)


def _in_words(value: object) -> str:
    return "none" if value is None else str(value)
