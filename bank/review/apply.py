"""From a bank and a review of it to the next version, the edits on record."""

from __future__ import annotations

from datetime import UTC, datetime

from exiqa.bank.attribute import Attribute, Ranked
from exiqa.bank.editing.diff import diff
from exiqa.bank.review.review import Review, check_review
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import validate_bank
from exiqa.bank.storage.store import BankStore, check_name, check_not_reserved
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex


def apply_review(bank: Bank, review: Review, store: BankStore, name: str, where: str) -> Bank | None:
    """Save what a review made of a bank as the next version of `name`.

    Args:
        bank: The bank that was reviewed.
        review: Dropped phrases go, edited ones are replaced, the order is the review's; what was not judged stays.
        store: Where the version is saved.
        name: Its name, `bank.name` or another.
        where: Names the review in errors.

    Returns:
        The saved bank; None where the review changes nothing.

    Raises:
        UserError: The review is one of another bank or version, there is a version since that was not made of it, it
            drops all phrases of a distortion or leaves one twice, or the name is reserved.
    """
    check_name(name)
    check_not_reserved(name)
    sha256 = sha256_hex(canonical_json(review.model_dump(mode="json")))
    made_of = bank.provenance.generator.get("review")
    if bank.name == name and isinstance(made_of, dict) and made_of.get("sha256") == sha256:
        return bank  # made of this very review: a call that was killed after it had saved is made again
    check_review(review, bank, where)
    fields = {field: getattr(bank, field) for field in Bank.model_fields}
    edited = validate_bank({**fields, "ranked": _ranked(bank, review, where)}, where)
    if edited.hash == bank.hash:
        return None
    provenance = Provenance(
        method="edited",
        parents=(bank.pinned_id,),
        created=datetime.now(UTC).date().isoformat(),
        generator={
            "edits": diff(bank, edited).edits(),
            "review": {
                "reviewer": review.reviewer,
                "sha256": sha256,
                "kept": review.count("keep"),
                "dropped": review.count("drop"),
            },
        },
    )
    _refuse_conflict(bank, edited, provenance, store, name, where)
    return store.save(name, bank.taxonomy, edited.ranked, provenance)


def _ranked(bank: Bank, review: Review, where: str) -> Ranked:
    ranked = dict(bank.ranked)
    opposites: dict[str, str | None] = {}
    for distortion, rows in review.distortions.items():
        attribute_of = {attribute.phrase: attribute for attribute in bank.ranked[distortion]}
        kept = []
        for row in rows:
            if row.decision == "drop":
                continue
            attribute = row.edited or attribute_of[row.phrase]
            if row.edited and row.edited.id == attribute_of[row.phrase].id:
                opposites[attribute.id] = attribute.antonym
            kept.append(attribute)
        if not kept:
            raise UserError(
                f"{where} drops every phrase of {distortion}; keep or edit one, or leave the distortion out by "
                "`exiqa bank select`"
            )
        ranked[distortion] = tuple(kept)
    # An attribute has one opposite, in every distortion that shares it.
    return {
        distortion: tuple(
            Attribute(phrase=a.phrase, antonym=opposites[a.id]) if a.id in opposites else a for a in attributes
        )
        for distortion, attributes in ranked.items()
    }


def _refuse_conflict(bank: Bank, edited: Bank, provenance: Provenance, store: BankStore, name: str, where: str) -> None:
    """Refuse to save over what somebody else made since: a next version would undo it unseen."""
    latest = max((entry for entry in store.list() if entry.name == name), key=lambda e: e.version, default=None)
    if latest is None or latest.id == bank.id:
        return
    newest = latest.load()
    if newest.hash == edited.hash and newest.provenance.parents == provenance.parents:
        return  # this very review, applied before
    raise UserError(
        f"{where} was made of {bank.id}, and the store has {newest.id} since, which it knows nothing of; review "
        f"{newest.id}, or save under another name (--as)"
    )
