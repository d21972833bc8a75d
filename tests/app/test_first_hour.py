"""docs/first-hour/, run as it stands: what is typed, and what is seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_runner import DOCS, LEFT_OUT, links_of, run_page

from exiqa.bank.phrases.encoder import minilm_folder

PAGES = DOCS / "first-hour"
NUMBER = re.compile(r"\b[0-9a-f]{8,}\b|[-+]?\d[\d.]*|[█·]+")
"""What may differ from machine to machine: hashes, figures and their bars."""


def _lines(text: str) -> list[str]:
    lines = [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return [line for line in lines if line]


def _prints(said: str, printed: str) -> bool:
    """Whether the lines come one after the other, with any lines in place of each "…"."""
    pattern = "".join("(?:.*\n)*?" if line == LEFT_OUT else re.escape(line) + "\n" for line in _lines(said))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(printed))) is not None


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
            assert _prints(said, printed), f"{command} prints:\n{printed}"
            assert ("Error: " in printed) == ("Error: " in said), f"{command} prints:\n{printed}"
    assert commands >= 8


@pytest.mark.parametrize("name", ["bank", "tables", "scores"])
def test_links_lead_somewhere(name: str) -> None:
    for link in links_of((PAGES / f"{name}.md").read_text(encoding="utf-8")):
        assert (PAGES / link).exists(), link
