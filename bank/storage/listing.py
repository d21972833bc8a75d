"""Banks as plain data, for tables and `--json`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import BankEntry
from exiqa.core.errors import UserError


def bank_rows(entries: Iterable[BankEntry]) -> list[dict[str, Any]]:
    """A row a bank: what `exiqa bank list` shows. A file that cannot be read has its reason under "problem"."""
    rows = []
    for entry in entries:
        row: dict[str, Any] = {"bank": entry.id, "shipped": entry.shipped}
        try:
            bank = entry.load()
        except (UserError, OSError) as error:
            row["problem"] = str(error)
        else:
            sizes = [len(attributes) for attributes in bank.ranked.values()]
            row |= {
                "taxonomy": bank.taxonomy.id,
                "distortions": len(bank.distortions),
                "attributes": len(bank.attributes),
                "k_min": min(sizes, default=0),
                "k_max": max(sizes, default=0),
                "method": bank.provenance.method,
                "created": bank.provenance.created,
                "hash": bank.hash,
            }
        rows.append(row)
    return rows


def bank_contents(bank: Bank, distortions: list[str] | None = None, k: int | None = None) -> dict[str, Any]:
    """What a bank says and where it came from: what `exiqa bank show` shows.

    Args:
        bank: The bank; the hash that is shown stays that of the whole bank.
        distortions: Only these; None or empty means all.
        k: Only the best `k` attributes of each; None means all.

    Returns:
        Plain data. Every attribute has under "shared_with" the other distortions shown that have it too.

    Raises:
        UserError: The bank does not have such a distortion, or not so many attributes.
    """
    shown = bank.select(distortions) if distortions else bank
    shown = shown if k is None else shown.top(k)
    owners = shown.distortions_by_attribute
    return {
        "bank": bank.id,
        "hash": bank.hash,
        "taxonomy": {"id": bank.taxonomy.id, "name": bank.taxonomy.name, "hash": bank.taxonomy.hash},
        "provenance": bank.provenance.model_dump(mode="json"),
        "distortions": {
            distortion: {
                "name": bank.taxonomy[distortion].name,
                "attributes": [
                    {
                        "rank": rank,
                        "id": attribute.id,
                        "phrase": attribute.phrase,
                        "antonym": attribute.antonym,
                        "shared_with": [other for other in owners[attribute.id] if other != distortion],
                    }
                    for rank, attribute in enumerate(shown.ranked[distortion], start=1)
                ],
            }
            for distortion in shown.distortions
        },
    }
