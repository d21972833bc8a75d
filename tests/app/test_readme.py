"""The README: its commands are commands, its pictures and links are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from docs_runner import commands_of, links_of
from PIL import Image
from typer.testing import CliRunner

from exiqa.cli import app
from exiqa.iqadata.photos import read_packaged_photo

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [command for command, _ in commands_of(PAGE)]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_its_options_are_ones_that_exiqa_has(command: str) -> None:
    program, *words = shlex.split(command)
    assert program == "exiqa"
    # Options are read from left to right: the one that is complained of is the first that there is not.
    done = CliRunner().invoke(app, [*words, "--no-such-option"], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "No such option: --no-such-option" in done.output


def test_the_report_that_is_shown_is_the_one_that_the_commands_make() -> None:
    run, report = COMMANDS
    assert run == "exiqa bench run mini"
    [out] = re.findall(r"^exiqa bench report runs --out (\S+) --suite mini$", report)
    assert {"report.md", "index.html", "report.tex", "table-ii.csv"} <= {path.name for path in (ROOT / out).iterdir()}
    assert f"]({out}/page.png)" in PAGE


def test_its_python_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, file in (("coffee", "photo.jpg"), ("china", "other.png")):
        Image.fromarray(read_packaged_photo(name)[:200, :300]).save(file)
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "the README", "exec"), names)
    assert names["table"]["image"].tolist() == ["photo.jpg", "other.png"]
    assert names["table"]["score"][0] == pytest.approx(names["photo"].score.value, abs=1e-5)
    assert names["attributes"].columns.nlevels == 2 and names["attributes"].shape[0] == 2
    assert float(names["images"].grad.abs().sum()) > 0


def test_links_lead_somewhere() -> None:
    links = links_of(PAGE)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
