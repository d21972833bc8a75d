"""Whether a saved bank is what it was: its seals, its name, its ancestors, its transcript."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


def verify_all(entries: Iterable[BankEntry], store: Path) -> list[IntegrityProblem]:
    """What `verify` finds in several banks; a problem of an ancestor that they share is listed once."""
    return list(dict.fromkeys(problem for entry in entries for problem in verify(entry, store)))


def verify(entry: BankEntry, store: Path) -> list[IntegrityProblem]:
    """All that does not hold of a saved bank and its ancestors; empty: everything does.

    Checked are the seal of every attribute's line, the hash of the whole, that the file's name is the bank's, that
    every ancestor is there with the hash that its child recorded, and that the transcript, where the bank has one,
    lies in the store with the recorded SHA-256.

    Args:
        entry: The saved version.
        store: The folder in which ancestors and transcripts are looked for, beside the package.
    """
    return _verify(entry, store, descendants=())


def _verify(entry: BankEntry, store: Path, descendants: tuple[str, ...]) -> list[IntegrityProblem]:
    where = str(entry.file)
    try:
        document, stated_hash, broken_seals = read_document(entry.text(), where)
        problems = [IntegrityProblem("error", entry.id, detail) for detail in broken_seals]
        bank = validate_bank(document, where)
    except (UserError, OSError) as error:
        return [IntegrityProblem("error", entry.id, str(error))]
    if bank.id != entry.id:
        problems.append(IntegrityProblem("error", entry.id, f"the file holds the bank {bank.id}"))
    if bank.hash != stated_hash and not broken_seals:
        detail = (
            f"the content has the hash {bank.hash}, not {stated_hash}, and no attribute was re-worded: the taxonomy "
            "was edited, or attributes were re-ranked, added or removed"
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
        parent_entry = find_bank(spec, store)
    except UserError:
        return [IntegrityProblem("warning", entry.id, f"the parent {spec} is not here, so it cannot be checked")]
    problems = _verify(parent_entry, store, descendants)
    if not any(problem.bank == spec and problem.severity == "error" for problem in problems):
        actual = parent_entry.load().hash
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
