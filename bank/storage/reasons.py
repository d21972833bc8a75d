"""Why an attribute of a bank has its rank: from the transcript and the grounding beside it, as far as there are any."""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from exiqa.bank.grounding.grounding import find_grounding, read_grounding, verdict_words
from exiqa.bank.schema import Bank
from exiqa.core.files import parse_json, sha256_hex

_BY = {
    "curated": "ranked by hand",
    "edited": "ranked by hand, or as its parent had it",
    "merged": "as the banks that were merged had it",
    "imported": "in the order of the file",
    "control": "a control, in no order that means anything",
    "generated": "ranked by a generation whose transcript is not here",
}
"""How a bank without a transcript came to its ranks, by its method."""


def reasons(bank: Bank, store: Path) -> dict[tuple[str, int], str]:
    """Why each attribute stands where it does, in words.

    Args:
        bank: The bank.
        store: Where its transcript and its grounding are looked for, beside the package.

    Returns:
        (Distortion id, rank from 1) -> the reason: of a generated bank the three terms of the ranking, each with its
        weight, in the order of `exiqa.bank.phrases.rank.Place`; of any bank that is grounded what pictures say.
    """
    ranked = _from_transcript(bank, store)
    seen: dict[tuple[str, int], str] = {}
    file = find_grounding(bank.id, store)
    if file is not None:
        for distortion, entry in read_grounding(file, bank).distortions.items():
            for rank, record in enumerate(entry.phrases, start=1):
                claims = f" (claims {record.claims})" if record.claims else ""
                seen[distortion, rank] = f"{verdict_words(record)} in pictures{claims}"
    reasons = {}
    for distortion, attributes in bank.ranked.items():
        for rank in range(1, len(attributes) + 1):
            parts = [ranked.get((distortion, rank), _BY[bank.provenance.method]), seen.get((distortion, rank), "")]
            reasons[distortion, rank] = "; ".join(filter(None, parts))
    return reasons


def _from_transcript(bank: Bank, store: Path) -> dict[tuple[str, int], str]:
    if bank.provenance.transcript is None:
        return {}
    reasons = {}
    for line in _transcript(bank.provenance.transcript, store).splitlines():
        entry = parse_json(line)
        match = re.match(r"rank (\d+); (.*)", entry.get("detail", "")) if entry.get("verdict") == "kept" else None
        if match:
            reasons[entry["distortion"], int(match[1])] = match[2]
    return reasons


def _transcript(digest: str, store: Path) -> str:
    """The text of the transcript with this SHA-256, in the store or in the package; empty where there is none."""
    shipped = resources.files("exiqa.bank") / "shipped"
    folders: list[Traversable] = [store, shipped] if store.is_dir() else [shipped]
    for folder in folders:
        for file in folder.iterdir():
            if file.name.endswith(".transcript.jsonl") and sha256_hex(text := file.read_text("utf-8")) == digest:
                return text
    return ""
