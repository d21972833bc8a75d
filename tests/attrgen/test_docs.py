"""The commands of docs/new-distortion.md and docs/choosing.md do what the pages say."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from docs_runner import commands_of
from typer.testing import CliRunner

from exiqa.attrgen.answers.items import COPIED
from exiqa.bank.phrases.screens import SCREENS
from exiqa.bank.phrases.selection import SelectionSettings
from exiqa.cli import app

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "new-distortion.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.usefixtures("one_encoder")
def test_the_worked_example_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shutil.copy(DOCS / "new-distortion.transcript.jsonl", tmp_path)
    [taxonomy] = blocks("toml")
    for block in blocks("console"):
        command, *shown = block.strip().splitlines()
        arguments = shlex.split(command.removeprefix("$ exiqa "))
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        printed = [line.strip() for line in done.stdout.splitlines()]
        for line in shown:
            assert line.strip() in printed, f"{command} does not print {line!r}:\n{done.stdout}"
        if "new" in arguments:
            # Where the page says to put one's own distortion.
            (tmp_path / arguments[-1]).write_text(taxonomy, encoding="utf-8")
    assert len(blocks("console")) >= 4


def test_the_page_on_choosing_names_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "choosing.md").read_text(encoding="utf-8")
    commands = commands_of(page)
    assert commands
    for command, _ in commands:
        done = CliRunner().invoke(app, shlex.split(command)[1:], env={"COLUMNS": "160"})
        assert done.exit_code == 0 and "ranked by hand; seen from level" in done.stdout, done.output
    named = set(re.findall(r"`([a-z][a-z ]+)`", page[: page.index("What can be seen is learned")]))
    assert {*SCREENS, COPIED} <= named, "a screen that the page does not tell of"
    for field in ("threshold", "share_threshold", "min_topic", "relevance", "coverage", "distinctness"):
        assert f"`{field}`" in page and field in SelectionSettings.model_fields
    assert f"| {SelectionSettings().threshold} |" in page and f"| {SelectionSettings().min_topic} |" in page
