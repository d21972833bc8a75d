"""Why an attribute has its rank: told from what lies beside the bank, and from nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from small_banks import RANKED, TAXONOMY
from typer.testing import CliRunner

from exiqa.bank.cli import app
from exiqa.bank.schema import Provenance
from exiqa.bank.storage.reasons import reasons
from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.core.files import sha256_hex

TRANSCRIPT = "".join(
    json.dumps(line) + "\n"
    for line in (
        {"kind": "generation", "bank": "mine"},
        {"kind": "verdict", "distortion": "gaussian_blur", "verdict": "kept", "detail": "rank 2; relevance 0.100"},
        {"kind": "verdict", "distortion": "gaussian_blur", "verdict": "out-ranked", "detail": "rank 1; no"},
        {
            "kind": "verdict",
            "distortion": "white_noise",
            "verdict": "kept",
            "detail": "rank 1; as 'x'",
        },
    )
)


def test_a_generated_bank_tells_the_terms_of_its_ranking(tmp_path: Path) -> None:
    provenance = Provenance(method="generated", transcript=sha256_hex(TRANSCRIPT))
    bank = BankStore(tmp_path).save("mine", TAXONOMY, RANKED, provenance)
    assert set(reasons(bank, tmp_path).values()) == {"ranked by a generation whose transcript is not here"}
    (tmp_path / "any-name.transcript.jsonl").write_text(TRANSCRIPT, encoding="utf-8")
    found = reasons(bank, tmp_path)
    assert found["gaussian_blur", 2] == "relevance 0.100"
    assert found["white_noise", 1] == "as 'x'"
    assert found["gaussian_blur", 1] == "ranked by a generation whose transcript is not here"
    shown = CliRunner().invoke(app, ["show", "mine", "--why", "--store", str(tmp_path)], env={"COLUMNS": "160"})
    assert "as 'x'" in shown.stdout and "Shared with" not in shown.stdout


def test_a_shipped_bank_tells_what_pictures_say(tmp_path: Path) -> None:
    bank = load_bank("kadid10k")
    found = reasons(bank, tmp_path / "none")
    assert re.fullmatch(
        r"ranked by hand; seen from level \d in pictures \(claims blur\+.*\)", found["gaussian_blur", 1]
    )
    assert len(found) == sum(map(len, bank.ranked.values()))
    shown = CliRunner().invoke(app, ["show", "kadid10k", "-d", "jpeg", "--k", "2", "--why", "--json"])
    rows = json.loads(shown.stdout)["distortions"]["jpeg"]["attributes"]
    assert [row["why"] for row in rows] == [found["jpeg", 1], found["jpeg", 2]]
