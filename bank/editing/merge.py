"""Two banks made one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.phrases.deduplicate import Match, near_duplicates
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.polarity import polarities
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore, check_name, check_not_reserved
from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError


@dataclass(frozen=True)
class Merged:
    """Two banks made one, not yet saved."""

    taxonomy: Taxonomy
    ranked: Ranked
    duplicates: tuple[tuple[str, str, str], ...]
    """(distortion, dropped phrase of the second bank, phrase that stands for it)."""


def merge(first: Bank, second: Bank, encoder: SentenceEncoder, threshold: float | None) -> Merged:
    """All that `first` says, then what `second` adds: its distortions, and its attributes below those of `first`.

    An attribute of `second` that duplicates one already there (the same id, or a near duplicate with equal polarity)
    is dropped. Where both have an attribute, the antonym of `first` counts, if it has one.

    Args:
        first: The bank whose wording and ranks stay.
        second: The bank that adds to it.
        encoder: Embeds the phrases.
        threshold: Cosine in (0, 1] from which two phrases are duplicates; None: only the same id is one.

    Raises:
        UserError: The two explain a distortion differently, so that its id means two things.
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
    ranked: Ranked = {}
    duplicates: list[tuple[str, str, str]] = []
    taxonomy = _taxonomy(first, second)
    for distortion in taxonomy.ids:
        base = first.ranked.get(distortion, ())
        known = {attribute.id for attribute in base}
        extra = tuple(a for a in second.ranked.get(distortion, ()) if a.id not in known)
        both = (*base, *extra)
        kept = list(base)
        matches: list[Match | None] = [None] * len(both)
        if base and extra and threshold is not None:
            phrases = [attribute.phrase for attribute in both]
            matches = near_duplicates(encoder.encode(phrases), polarities(phrases), threshold)
        for attribute, match in zip(extra, matches[len(base) :], strict=True):
            if match is None:
                kept.append(attribute)
            else:
                duplicates.append((distortion, attribute.phrase, both[match.index].phrase))
        if kept:
            ranked[distortion] = tuple(Attribute(phrase=a.phrase, antonym=antonyms[a.id]) for a in kept)
    return Merged(taxonomy, ranked, tuple(duplicates))


def merge_into_store(
    first: Bank, second: Bank, name: str, store: BankStore, encoder: SentenceEncoder, threshold: float | None
) -> tuple[Bank, Merged]:
    """Merge two banks (see `merge`) and save the result as the next version of `name`.

    Returns:
        The saved bank, and what it was merged to, duplicates included.

    Raises:
        UserError: The name is reserved or no name, or the banks cannot be merged.
    """
    # Before the phrases are embedded, which takes its time.
    check_name(name)
    check_not_reserved(name)
    merged = merge(first, second, encoder, threshold)
    provenance = merged_provenance(first, second, encoder, threshold)
    return store.save(name, merged.taxonomy, merged.ranked, provenance), merged


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
        parents=(first.pinned_id, second.pinned_id),
        created=datetime.now(UTC).date().isoformat(),
        settings={"threshold": threshold, "encoder": encoder.name, "encoder_sha256": encoder.hash},
    )
