"""What verify finds: tampering by name, lost and forged ancestors, missing transcripts."""

from __future__ import annotations

import json
from pathlib import Path

from small_banks import RANKED, TAXONOMY

from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.storage.bank_file import bank_text
from exiqa.bank.storage.store import BankStore, find_bank, shipped_banks
from exiqa.bank.storage.verify import IntegrityProblem, verify
from exiqa.core.files import sha256_hex


def _save(folder: Path, name: str, *parents: Bank, transcript: str | None = None) -> Bank:
    provenance = Provenance(
        method="edited", parents=tuple(f"{parent.id} {parent.hash}" for parent in parents), transcript=transcript
    )
    return BankStore(folder).save(name, TAXONOMY, RANKED, provenance)


def _problems(spec: str, folder: Path) -> list[IntegrityProblem]:
    return verify(find_bank(spec, folder), folder)


def test_a_family_as_it_was_saved_has_no_problems(tmp_path: Path) -> None:
    grandparent = _save(tmp_path, "old")
    parent = _save(tmp_path, "middle", grandparent)
    _save(tmp_path, "young", parent, grandparent)
    assert _problems("young", tmp_path) == []


def test_every_tampered_attribute_is_named(tmp_path: Path) -> None:
    _save(tmp_path, "mine")
    file = tmp_path / "mine@1.json"
    file.write_text(file.read_text().replace("softening", "hardening").replace("fine grain", "coarse grain"))
    problems = _problems("mine", tmp_path)
    assert [problem.severity for problem in problems] == ["error", "error"]
    assert "attribute 1 of gaussian_blur, 'a hardening of details'" in problems[0].detail
    assert "attribute 1 of white_noise, 'a coarse grain over flat areas'" in problems[1].detail


def test_a_removed_attribute_and_a_broken_file_are_errors(tmp_path: Path) -> None:
    bank = _save(tmp_path, "mine")
    document = json.loads(bank_text(bank))
    document["ranked"]["gaussian_blur"].pop()
    (tmp_path / "mine@1.json").write_text(json.dumps(document))
    (problem,) = _problems("mine", tmp_path)
    assert "re-ranked, added or removed" in problem.detail
    (tmp_path / "mine@1.json").write_text("{")
    (problem,) = _problems("mine", tmp_path)
    assert "not valid JSON" in problem.detail


def test_a_changed_parent_is_found_through_its_child(tmp_path: Path) -> None:
    parent = _save(tmp_path, "old")
    _save(tmp_path, "young", parent)
    file = tmp_path / "old@1.json"
    file.write_text(file.read_text().replace("softening", "hardening"))
    (problem,) = _problems("young", tmp_path)
    assert (problem.severity, problem.bank) == ("error", "old@1")
    # A forger who seals the parent anew is given away by the hash that the child recorded.
    forged = {**RANKED, "white_noise": RANKED["white_noise"][:1]}
    file.write_text(bank_text(parent._with(forged)))
    (problem,) = _problems("young", tmp_path)
    assert (problem.severity, problem.bank) == ("error", "young@1")
    assert parent.hash in problem.detail


def test_a_parent_that_is_not_here_is_a_warning(tmp_path: Path) -> None:
    parent = _save(tmp_path, "old")
    _save(tmp_path, "young", parent)
    (tmp_path / "old@1.json").unlink()
    (problem,) = _problems("young", tmp_path)
    assert problem == IntegrityProblem("warning", "young@1", "the parent old@1 is not here, so it cannot be checked")


def test_ancestors_in_a_circle_and_unreadable_ancestry_are_errors(tmp_path: Path) -> None:
    parents = (f"mine@1 {'0' * 64}", "no parent at all")
    BankStore(tmp_path).save("mine", TAXONOMY, RANKED, Provenance(method="edited", parents=parents))
    circle, unreadable = _problems("mine", tmp_path)
    assert "its own ancestor" in circle.detail
    assert "'no parent at all'" in unreadable.detail


def test_the_transcript_is_found_by_its_hash(tmp_path: Path) -> None:
    _save(tmp_path, "mine", transcript=sha256_hex("said\n"))
    (problem,) = _problems("mine", tmp_path)
    assert problem.severity == "warning"
    assert sha256_hex("said\n") in problem.detail
    (tmp_path / "any-name.jsonl").write_text("said\n")
    assert _problems("mine", tmp_path) == []


def test_the_shipped_banks_are_what_they_were(tmp_path: Path) -> None:
    entries = shipped_banks()
    assert entries
    assert [problem for entry in entries for problem in verify(entry, tmp_path)] == []
