"""The audit of dependencies finds what an advisory names, and nothing else."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from .audit import affected, installed, main


def _advisory(introduced: str, *, fixed: str = "", name: str = "NumPy") -> dict[str, object]:
    events = [{"introduced": introduced}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "id": "X-1",
        "affected": [
            {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
    }


def test_ranges() -> None:
    packages = {"numpy": "2.1.0"}
    assert list(affected(_advisory("0", fixed="2.2"), packages)) == [("numpy", "2.2")]
    assert list(affected(_advisory("0"), packages)) == [("numpy", "none yet")]
    assert list(affected(_advisory("0", fixed="2.1.0"), packages)) == []
    assert list(affected(_advisory("2.1.1"), packages)) == []
    assert list(affected(_advisory("0", name="other"), packages)) == []
    assert list(affected({**_advisory("0"), "withdrawn": "2026-01-01"}, packages)) == []


def test_a_list_on_the_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {"numpy", "pillow", "torch", "safetensors"} <= installed().keys()
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("a.json", json.dumps(_advisory("0")))
        parts.writestr("b.json", json.dumps(_advisory("999")))
    assert main(path) == 1
    assert "X-1" in (said := capsys.readouterr().out) and "2 advisories: 1 affect them" in said
