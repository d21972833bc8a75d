"""A part of a bank as a bank of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.store import BankStore
from exiqa.core.errors import UserError, known_names


def select_into_store(
    bank: Bank, name: str, store: BankStore, k: int | None = None, distortions: Sequence[str] = ()
) -> Bank:
    """Save the best attributes of some distortions of a bank as the next version of `name`.

    Args:
        bank: What is chosen from.
        name: The new bank's.
        store: Where it is saved.
        k: The best so many attributes of each distortion; None takes all.
        distortions: Ids; none takes all.

    Raises:
        UserError: Nothing is chosen, the bank lacks a distortion or has fewer than `k` attributes for one, or the name
            is reserved or no name.
    """
    if k is None and not distortions:
        raise UserError("say what to select: the best K attributes (--k), distortions (--distortion), or both")
    for distortion in distortions:
        if distortion not in bank.ranked:
            known = known_names(distortion, bank.distortions)
            raise UserError(f"bank {bank.id} has no attributes for {distortion!r}; {known}")
    chosen = bank.select(list(dict.fromkeys(distortions))) if distortions else bank
    chosen = chosen if k is None else chosen.top(k)
    provenance = Provenance(
        method="edited",
        parents=(bank.pinned_id,),
        created=datetime.now(UTC).date().isoformat(),
        settings={"k": k, "distortions": list(chosen.distortions)},
        note="a selection",
    )
    return store.save(name, chosen.taxonomy, chosen.ranked, provenance)
