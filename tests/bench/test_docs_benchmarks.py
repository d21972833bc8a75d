"""The commands of docs/benchmarks.md do what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from docs_runner import commands_of, links_of
from typer.testing import CliRunner

from exiqa.bench.running.suites.suite import load_suite, suite_names
from exiqa.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
LEFT_OUT = "…"


def _stands_in(said: str, printed: str) -> bool:
    """Whether the lines come one after the other, with any lines in place of each "…"."""
    shown = said.rstrip("\n").splitlines()
    pattern = "".join("(?:.*\n)*?" if line == LEFT_OUT else re.escape(line.rstrip()) + "\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed.splitlines())) is not None


def test_the_commands_run_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.syspath_prepend(str(tmp_path))
    five, own, *_ = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    method, predictions = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for name, content in (("five.toml", five), ("own.toml", own), ("brightness.py", method)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    exec(compile(predictions, "the page", "exec"), {})
    for command, said in commands_of(PAGE):
        done = CliRunner().invoke(app, shlex.split(command)[1:])
        assert done.exit_code == 0, f"{command}: {done.output}"
        assert _stands_in(said, done.stdout), f"{command} prints:\n{done.stdout}"
    assert [command.split()[2] for command, _ in commands_of(PAGE)] == [
        "plan", "run", "run", "report", "rescore", "run", "report", "run", "plan",
    ]  # fmt: skip
    assert "k 3 → 5" in (tmp_path / "compared" / "report.md").read_text(encoding="utf-8").casefold()


def test_the_page_names_the_shipped_suites_and_its_links_lead_somewhere() -> None:
    for name in suite_names():
        assert f"| `{name}` |" in PAGE
    assert len(load_suite("paper").seeds) == 10
    names = set(load_suite("paper").datasets)
    assert set(re.findall(r"--data (\w+)=", PAGE)) <= names
    for link in links_of(PAGE):
        assert (Path(__file__).parents[2] / "docs" / link).is_file(), link
