"""docs/grounding.md, run as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_runner import DOCS, links_of, run_page

from exiqa.bank.phrases.encoder import minilm_folder

PAGE = (DOCS / "grounding.md").read_text(encoding="utf-8")


def test_the_commands_work(tmp_path: Path) -> None:
    if minilm_folder() is None:
        pytest.skip("phrases are linked, for which MiniLM must be installed")
    printed = {command: text for command, _, text in run_page(PAGE, tmp_path) if command != "python"}
    assert [command for command, text in printed.items() if text.startswith(("Error", "Usage"))] == []
    assert (tmp_path / "streaks.html").is_file() and (tmp_path / "banks" / "streaks@1.grounding.json").is_file()
    assert "1 bank checked" in printed["exiqa bank lint kadid10k --grounded"]
    assert "10 phrases: 10 seen" in printed["exiqa bank ground streaks --photos photos --html streaks.html"]
    assert "3 phrases: 2 seen, 1 not seen" in printed["exiqa bank ground kitchen --pairs pairs/pairs.csv"]


def test_links_lead_somewhere() -> None:
    for link in links_of(PAGE):
        assert (DOCS / link).exists(), link
