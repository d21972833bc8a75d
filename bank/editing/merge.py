"""Two banks made one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.deduplicate import Match, near_duplicates
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.polarity import polarities
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError


@dataclass(frozen=True)
class Merged:
    taxonomy: Taxonomy
    ranked: dict[str, tuple[Attribute, ...]]
    duplicates: tuple[tuple[str, str, str], ...]
    """(distortion, dropped phrase of the second bank, phrase that stands for it)."""


def merge(first: Bank, second: Bank, encoder: SentenceEncoder, threshold: float | None) -> Merged:
    """All that `first` says, then what `second` adds: its distortions, and its attributes below those of `first`.

    An attribute of `second` that duplicates one already there (the same id, or a cosine of at least `threshold` with
    equal polarity) is dropped. Where both have an attribute, the antonym of `first` counts, if it has one.
    Raises UserError where the two explain a distortion differently: then its id means two things.
    """
    for distortion in second.distortions:
        if distortion in first.taxonomy.ids:
            ours, theirs = first.taxonomy[distortion], second.taxonomy[distortion]
            if ours != theirs:
                raise UserError(
                    f"{first.id} and {second.id} mean different things by the distortion {distortion} (its taxonomy "
                    "entries differ); give one of them another id"
                )
    antonyms: dict[str, str | None] = {}
    for bank in (first, second):
        for attribute in bank.attributes:
            antonyms[attribute.id] = antonyms.get(attribute.id) or attribute.antonym
    ranked: dict[str, tuple[Attribute, ...]] = {}
    duplicates: list[tuple[str, str, str]] = []
    taxonomy = _taxonomy(first, second)
    for distortion in taxonomy.ids:
        own = first.ranked.get(distortion, ())
        known = {attribute.id for attribute in own}
        extra = tuple(a for a in second.ranked.get(distortion, ()) if a.id not in known)
        both = (*own, *extra)
        kept = list(own)
        matches: list[Match | None] = [None] * len(both)
        if own and extra and threshold is not None:
            phrases = [attribute.phrase for attribute in both]
            matches = near_duplicates(encoder.encode(phrases), polarities(phrases), threshold)
        for attribute, match in zip(extra, matches[len(own) :], strict=True):
            if match is None:
                kept.append(attribute)
            else:
                duplicates.append((distortion, attribute.phrase, both[match.index].phrase))
        if kept:
            ranked[distortion] = tuple(Attribute(phrase=a.phrase, antonym=antonyms[a.id]) for a in kept)
    return Merged(taxonomy, ranked, tuple(duplicates))


def _taxonomy(first: Bank, second: Bank) -> Taxonomy:
    ours, theirs = first.taxonomy, second.taxonomy
    extra = [theirs[distortion] for distortion in second.distortions if distortion not in ours.ids]
    if not extra:
        return ours
    return Taxonomy(
        id=f"{ours.id}_{theirs.id}"[:64] if ours.id != theirs.id else ours.id,
        name=f"{ours.name} + {theirs.name}" if ours.name != theirs.name else ours.name,
        source="; ".join(dict.fromkeys(filter(None, [ours.source, theirs.source]))),
        distortions=(*ours.distortions, *extra),
    )


def merged_provenance(first: Bank, second: Bank, encoder: SentenceEncoder, threshold: float | None) -> Provenance:
    """Where a merged bank came from."""
    return Provenance(
        method="merged",
        parents=(f"{first.id} {first.hash}", f"{second.id} {second.hash}"),
        created=datetime.now(UTC).date().isoformat(),
        settings={"threshold": threshold, "encoder": encoder.name, "encoder_sha256": encoder.hash},
    )
