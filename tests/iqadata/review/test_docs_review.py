"""docs/review.md, run as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_runner import DOCS, links_of, run_page

from exiqa.bank.phrases.encoder import minilm_folder

PAGE = (DOCS / "review.md").read_text(encoding="utf-8")


def test_the_commands_work(tmp_path: Path) -> None:
    if minilm_folder() is None:
        pytest.skip("phrases are embedded, for which MiniLM must be installed")
    printed = {command: text for command, _, text in run_page(PAGE, tmp_path) if command != "python"}
    assert [command for command, text in printed.items() if text.startswith(("Error", "Usage"))] == []
    page = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert page.count("data:image/webp") == 4 and "a trail drawn out from every highlight" in page
    assert printed["exiqa bank apply streaks ada.review.json"].startswith("saved streaks@2 ")
    changes = printed["exiqa bank diff streaks@1 streaks@2"]
    assert all(kind in changes for kind in ("dropped", "re-worded", "re-ranked"))
    agreed = printed["exiqa bank agreement ada.review.json ben.review.json"]
    assert "equal decisions: 2 (66.7%); Cohen's kappa: 0.400" in agreed


def test_links_lead_somewhere() -> None:
    for link in links_of(PAGE):
        assert (DOCS / link).exists(), link
