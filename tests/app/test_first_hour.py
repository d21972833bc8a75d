"""docs/first-hour/, run as it stands: what is typed, and what is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_runner import DOCS, links_of, run_page

from exiqa.bank.phrases.encoder import minilm_folder

PAGES = DOCS / "first-hour"
NUMBER = re.compile(r"\b[0-9a-f]{8,}\b|[-+]?\d[\d.]*|[█·]+")
"""What may differ from machine to machine: hashes, figures and their bars."""


def _lines(text: str) -> list[str]:
    lines = [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("name", ["bank", "tables", "scores"])
def test_the_page_prints_what_it_shows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if minilm_folder() is None:
        pytest.skip("banks are made, for which MiniLM must be installed")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    commands = 0
    for command, said, printed in run_page(page, tmp_path):
        commands += command.startswith("exiqa")
        if command != "python":
            assert _lines(printed) == _lines(said), command
    assert commands >= 8


@pytest.mark.parametrize("name", ["bank", "tables", "scores"])
def test_links_lead_somewhere(name: str) -> None:
    for link in links_of((PAGES / f"{name}.md").read_text(encoding="utf-8")):
        assert (PAGES / link).exists(), link
