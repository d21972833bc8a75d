"""Whether a saved bank is what it was: its seals, its name, its ancestors, its transcript."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exiqa.bank.schema import Bank
from exiqa.bank.storage.bank_file import read_document, validate_bank
from exiqa.bank.storage.store import BankEntry, find_bank
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file


@dataclass(frozen=True)
class IntegrityProblem:
    """One thing that does not hold. A warning is something that cannot be checked here: a parent, a transcript."""

    severity: Literal["error", "warning"]
    bank: str
    detail: str


def verify(entry: BankEntry, store: Path) -> list[IntegrityProblem]:
    """All that does not hold of a saved bank and its ancestors; empty: everything does.

    Checked are the seal of every attribute's line, the hash of the whole, that the file's name is the bank's, that
    every ancestor is there with the hash that its child recorded, and that the transcript, where the bank has one,
    lies in the store with the recorded SHA-256.
    """
    return _verify(entry, store, descendants=())


def _verify(entry: BankEntry, store: Path, descendants: tuple[str, ...]) -> list[IntegrityProblem]:
    where = str(entry.file)
    try:
        document, stated, broken = read_document(entry.text(), where)
        problems = [IntegrityProblem("error", entry.id, detail) for detail in broken]
        bank = validate_bank(document, where)
    except (UserError, OSError) as error:
        return [IntegrityProblem("error", entry.id, str(error))]
    if bank.id != entry.id:
        problems.append(IntegrityProblem("error", entry.id, f"the file holds the bank {bank.id}"))
    if bank.hash != stated and not broken:
        detail = (
            f"the content has the hash {bank.hash}, not {stated}, and no attribute was re-worded: the taxonomy was "
            "edited, or attributes were re-ranked, added or removed"
        )
        problems.append(IntegrityProblem("error", entry.id, detail))
    for parent in bank.provenance.parents:
        problems += _verify_parent(entry, parent, store, (*descendants, entry.id))
    return problems + _verify_transcript(bank, entry, store)


def _verify_parent(entry: BankEntry, parent: str, store: Path, descendants: tuple[str, ...]) -> list[IntegrityProblem]:
    match = re.fullmatch(r"(\S+@[0-9]+) ([0-9a-f]{64})", parent)
    if not match:
        return [IntegrityProblem("error", entry.id, f"the parent {parent!r} is not written as 'name@version sha256'")]
    spec, recorded = match.groups()
    if spec in descendants:
        return [IntegrityProblem("error", entry.id, f"the bank {spec} is its own ancestor")]
    try:
        found = find_bank(spec, store)
    except UserError:
        return [IntegrityProblem("warning", entry.id, f"the parent {spec} is not here, so it cannot be checked")]
    problems = _verify(found, store, descendants)
    if not any(problem.bank == spec and problem.severity == "error" for problem in problems):
        actual = found.load().hash
        if actual != recorded:
            problems.append(
                IntegrityProblem("error", entry.id, f"the parent {spec} has the hash {actual}, not {recorded}")
            )
    return problems


def _verify_transcript(bank: Bank, entry: BankEntry, store: Path) -> list[IntegrityProblem]:
    recorded = bank.provenance.transcript
    if recorded is None or entry.shipped:
        return []
    if any(sha256_file(path) == recorded for path in sorted(store.glob("*.jsonl"))):
        return []
    detail = f"no .jsonl file in {store} is the transcript with the SHA-256 {recorded}, so it cannot be replayed"
    return [IntegrityProblem("warning", bank.id, detail)]
