"""The commands of docs/ablations.md run as they stand."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from docs_runner import commands_of
from typer.testing import CliRunner

from exiqa.bank.storage.store import load_bank
from exiqa.bench.ablation.ablation import read_ablations
from exiqa.bench.cells.record import read_failures
from exiqa.cli import app

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copy(DOCS / "ablations.transcript.jsonl", tmp_path)
    shown = {}
    for command, _ in commands_of((DOCS / "ablations.md").read_text(encoding="utf-8")):
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}:\n{done.output}"
        shown[command] = done.output
    assert len(shown) == 6
    with_, without = (load_bank(f"blur-blocks@{version}", tmp_path / "banks") for version in (1, 2))
    assert with_.provenance.transcript is not None
    assert (with_.provenance.settings["threshold"], without.provenance.settings["threshold"]) == (0.7, None)
    phrases = [{a.phrase for a in bank.ranked["jpeg"]} for bank in (with_, without)]
    assert "a visible grid of small square blocks" not in phrases[0]
    assert "a visible grid of small square blocks" in phrases[1]

    ablations = {ablation.name: ablation for ablation in read_ablations(tmp_path / "runs")}
    assert list(ablations) == ["smoke-mini-csiq-blur-blocks-1-banks", "smoke-mini-csiq-k-banks"]
    versions = ablations["smoke-mini-csiq-blur-blocks-1-banks"]
    assert [arm.cells[0].bank for arm in (versions.base, *versions.arms)] == ["blur-blocks@1", "blur-blocks@2"]
    assert read_failures(tmp_path / "runs") == []
    page = (tmp_path / "report" / "index.html").read_text()
    for figure in ("SRCC by K.", "SRCC by Bank.", "blur-blocks@1 (base)", "blur-blocks@2"):
        assert figure in page
    assert "not run yet" not in page
