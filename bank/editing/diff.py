"""What changed from one bank to another."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from typing import Any

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank

SAME_WORDS = 0.6
"""A dropped and an added phrase with at least this ratio of equal characters (`difflib`) count as one re-worded."""


@dataclass(frozen=True)
class ReRanked:
    """An attribute that changed places with another one that both banks have."""

    phrase: str
    before: int
    after: int
    """Ranks, from 1."""


@dataclass(frozen=True)
class ReWorded:
    """An attribute whose phrase or antonym changed."""

    before: Attribute
    after: Attribute


@dataclass(frozen=True)
class DistortionDiff:
    """The changes of one distortion. Where it is in one bank only, all its attributes are added or dropped."""

    distortion: str
    added: tuple[Attribute, ...] = ()
    dropped: tuple[Attribute, ...] = ()
    reranked: tuple[ReRanked, ...] = ()
    reworded: tuple[ReWorded, ...] = ()
    shared: tuple[Attribute, ...] = ()
    """In both banks, word for word."""

    @property
    def changed(self) -> bool:
        return bool(self.added or self.dropped or self.reranked or self.reworded)


@dataclass(frozen=True)
class BankDiff:
    """What changed from one bank to another."""

    first: str
    second: str
    equal: bool
    """Whether the two banks say the same: their hashes are equal."""
    taxonomy: tuple[str, ...] = ()
    """Sentences about what changed in the taxonomy."""
    distortions: tuple[DistortionDiff, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The changes as plain data: what `exiqa bank diff --json` prints."""

        def plain(attributes: tuple[Attribute, ...]) -> list[dict[str, Any]]:
            return [attribute.model_dump() for attribute in attributes]

        return {
            "first": self.first,
            "second": self.second,
            "equal": self.equal,
            "taxonomy": list(self.taxonomy),
            "distortions": {
                d.distortion: {
                    "added": plain(d.added),
                    "dropped": plain(d.dropped),
                    "reranked": [asdict(change) for change in d.reranked],
                    "reworded": [
                        {"before": change.before.model_dump(), "after": change.after.model_dump()}
                        for change in d.reworded
                    ],
                    "shared": plain(d.shared),
                }
                for d in self.distortions
            },
        }

    def edits(self) -> dict[str, Any]:
        """The changes of `as_json`, without what stayed: what a version that a person made records of them."""
        changes = self.as_json()["distortions"]
        return {
            distortion: {kind: attributes for kind, attributes in entry.items() if attributes and kind != "shared"}
            for distortion, entry in changes.items()
            if any(attributes for kind, attributes in entry.items() if kind != "shared")
        }


def diff(first: Bank, second: Bank) -> BankDiff:
    """The changes from `first` to `second`, distortion by distortion in the order of `first`, then of `second`."""
    ids = dict.fromkeys([*first.distortions, *second.distortions])
    return BankDiff(
        first=first.id,
        second=second.id,
        equal=first.hash == second.hash,
        taxonomy=_taxonomy_changes(first, second),
        distortions=tuple(_distortion_diff(d, first.ranked.get(d, ()), second.ranked.get(d, ())) for d in ids),
    )


def _distortion_diff(distortion: str, before: tuple[Attribute, ...], after: tuple[Attribute, ...]) -> DistortionDiff:
    old = {attribute.id: attribute for attribute in before}
    new = {attribute.id: attribute for attribute in after}
    dropped = [attribute for attribute in before if attribute.id not in new]
    added = [attribute for attribute in after if attribute.id not in old]
    reworded = [ReWorded(old[a.id], a) for a in after if a.id in old and old[a.id] != a]
    for change in _paired(dropped, added):
        dropped.remove(change.before)
        added.remove(change.after)
        reworded.append(change)
    # What replaced a phrase takes its place, so a new wording alone moves nothing.
    successor = {change.before.id: change.after.id for change in reworded}
    old_order = [successor.get(a.id, a.id) for a in before if successor.get(a.id, a.id) in new]
    new_order = [a.id for a in after if a.id in set(old_order)]
    rank_before = {successor.get(a.id, a.id): rank for rank, a in enumerate(before, start=1)}
    rank_after = {a.id: rank for rank, a in enumerate(after, start=1)}
    return DistortionDiff(
        distortion=distortion,
        added=tuple(added),
        dropped=tuple(dropped),
        reranked=tuple(
            ReRanked(new[there].phrase, rank_before[there], rank_after[there])
            for here, there in zip(old_order, new_order, strict=True)
            if here != there
        ),
        reworded=tuple(reworded),
        shared=tuple(a for a in after if old.get(a.id) == a),
    )


def _paired(dropped: list[Attribute], added: list[Attribute]) -> list[ReWorded]:
    """Dropped and added attributes that are one re-worded, the most alike first."""
    alike = sorted(
        (
            (-SequenceMatcher(None, old.phrase, new.phrase, autojunk=False).ratio(), i, j)
            for i, old in enumerate(dropped)
            for j, new in enumerate(added)
        ),
    )
    pairs: list[ReWorded] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for ratio, i, j in alike:
        if -ratio >= SAME_WORDS and i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append(ReWorded(dropped[i], added[j]))
    return pairs


def _taxonomy_changes(first: Bank, second: Bank) -> tuple[str, ...]:
    old, new = first.taxonomy, second.taxonomy
    changes = []
    for field_name in ("id", "name", "source"):
        before, after = getattr(old, field_name), getattr(new, field_name)
        if before != after:
            changes.append(f"{field_name}: {before!r} became {after!r}")
    changes += [f"distortion {d} is gone" for d in old.ids if d not in new.ids]
    changes += [f"distortion {d} is new" for d in new.ids if d not in old.ids]
    for d in old.ids:
        if d in new.ids and old[d] != new[d]:
            fields = [f for f in type(old[d]).model_fields if getattr(old[d], f) != getattr(new[d], f)]
            changes.append(f"distortion {d}: {', '.join(fields)} changed")
    common = [d for d in old.ids if d in new.ids]
    if common != [d for d in new.ids if d in old.ids]:
        changes.append("the distortions are in another order")
    return tuple(changes)
