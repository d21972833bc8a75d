"""A store's commands killed at each of their operations on files: run again, they end as if undisturbed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from exiqa.bank.exchange.import_export import export_file
from exiqa.bank.storage.store import BankStore, load_bank

from .conftest import Tally
from .kills import killed_everywhere, same_files

EDITOR = f"{sys.executable} -c \"import sys,pathlib as p; f=p.Path(sys.argv[1]); t=f.read_text(); \
f.write_text(t.replace('a softening of details','a softening of the finest details',1))\""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    folder = tmp_path / "before"
    bank = load_bank("kadid10k@1").select(["gaussian_blur", "white_noise"]).top(3)
    BankStore(folder / "banks").save("mine", bank.taxonomy, bank.ranked, bank.provenance)
    export_file(bank, folder / "mine.csv")
    return folder


def test_import(before: Path, tmp_path: Path, tally: Tally) -> None:
    command = ["bank", "import", "mine.csv", "--taxonomy", "kadid10k", "--name", "other"]
    kills, failures = killed_everywhere(before, tmp_path / "out", command, same_files)
    assert kills >= 6
    tally("kills", kills, failures)


@pytest.mark.parametrize("spec", ["mine", "mine@1"])
def test_edit(before: Path, tmp_path: Path, tally: Tally, spec: str) -> None:
    """Run again it may be that the user is asked once more; what is saved is not."""
    command = ["bank", "edit", spec]
    kills, failures = killed_everywhere(before, tmp_path / "out", command, same_files, EDITOR=EDITOR)
    assert kills >= 9
    tally("kills", kills, failures)


def test_merge(before: Path, tmp_path: Path, tally: Tally) -> None:
    more = load_bank("kadid10k@1").select(["gaussian_blur", "jpeg"]).top(5)
    BankStore(before / "banks").save("more", more.taxonomy, more.ranked, more.provenance)
    command = ["bank", "merge", "mine", "more", "--name", "both"]
    kills, failures = killed_everywhere(before, tmp_path / "out", command, same_files, PRELOAD="sentence_transformers")
    assert kills >= 6
    tally("kills", kills, failures)


def test_apply(before: Path, tmp_path: Path, tally: Tally) -> None:
    """What the page of a review saved."""
    bank = load_bank("mine", before / "banks")
    kept, dropped, *_ = bank.ranked["white_noise"]
    rows = [{"phrase": kept.phrase, "decision": "keep"}, {"phrase": dropped.phrase, "decision": "drop"}]
    rows += [{"phrase": other.phrase, "decision": None} for other in bank.ranked["white_noise"][2:]]
    review = {"schema_version": 1, "kind": "review", "bank": bank.id, "bank_hash": bank.hash, "reviewer": "Ada"}
    (before / "review.json").write_text(json.dumps({**review, "distortions": {"white_noise": rows}}))
    kills, failures = killed_everywhere(before, tmp_path / "out", ["bank", "apply", "review.json"], same_files)
    assert kills >= 6
    tally("kills", kills, failures)
