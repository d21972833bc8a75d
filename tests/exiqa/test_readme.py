"""The README: its commands are commands, its pictures and links are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer.main
from docs_runner import commands_of

from bench.suite import suite_names
from exiqa.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [command for command, _ in commands_of(PAGE)]


def _parse(words: list[str]) -> click.Context:
    """The context of the command that the words call, all options checked and nothing run."""
    command: click.Command = typer.main.get_command(app)
    context = command.make_context("exiqa", words)
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, [*context.protected_args, *context.args])  # type: ignore[assignment]
        context = command.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_that_exiqa_has(command: str) -> None:
    program, *words = shlex.split(command)
    assert program == "exiqa"
    suite = _parse(words).params.get("suite")
    assert suite is None or suite in suite_names()
    with pytest.raises(click.UsageError):
        _parse([*words, "--no-such-option"])


def test_the_report_that_is_shown_is_the_one_that_the_commands_make() -> None:
    shown = [_parse(shlex.split(command)[1:]) for command in COMMANDS]
    [report] = [context for context in shown if context.info_name == "report"]
    [run] = [context for context in shown if context.info_name == "run"]
    assert report.params["runs"] == run.params["out"]
    folder = ROOT / report.params["out"]
    assert {"report.md", "index.html", "report.tex", "table-ii.csv"} <= {path.name for path in folder.iterdir()}
    assert f"]({report.params['out']}/" in PAGE


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", PAGE)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
