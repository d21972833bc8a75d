"""Lay out the sources of the documentation site in build/docs: `make docs` does it before mkdocs builds them.

The pages are this repository's own, under the paths that they have here, so that a link works on the site and in the
repository alike. The reference is written from the commands and from each package's public names.
"""

from __future__ import annotations

import ast
import html
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from exiqa.cli import app

ROOT = Path(__file__).parents[2]
LINKED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "model/exiqa_mini/README.md",
          "model/pretraining/*.toml")  # fmt: skip
"""What pages link to, besides docs and reports."""
PACKAGES = {
    "exiqa": "app", "attrgen": "attrgen", "bank": "bank", "iqadata": "iqadata", "model": "model", "bench": "bench",
}  # fmt: skip


def lay_out(site: Path) -> None:
    shutil.rmtree(site, ignore_errors=True)
    (site / "reference").mkdir(parents=True)
    for pattern in LINKED:
        for source in ROOT.glob(pattern):
            target = site / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.copy(Path(__file__).with_name("wide.css"), site)
    unwanted = shutil.ignore_patterns("site", "*.py", "*.tex", "*.csv", "records*")
    shutil.copytree(ROOT / "docs", site / "docs", ignore=unwanted)
    shutil.copytree(ROOT / "reports", site / "reports", ignore=unwanted)
    _write(site, "commands", "Commands", _commands())
    _write(site, "python", "Python", _overview())
    for title, folder in PACKAGES.items():
        _write(site, title, title if title == "exiqa" else f"exiqa.{title}", _names(folder))


def _write(site: Path, name: str, title: str, blocks: Iterator[str]) -> None:
    (site / "reference" / f"{name}.md").write_text("\n\n".join([f"# {title}", *blocks]) + "\n", encoding="utf-8")


def _commands() -> Iterator[str]:
    yield "Every command, its arguments and its options, as `--help` gives them."
    command = typer.main.get_command(app)
    yield from _command(command, typer.Context(command, info_name="exiqa"))


def _command(command: Any, context: typer.Context) -> Iterator[str]:
    depth = context.command_path.count(" ")
    if depth:
        yield f"{'#' * min(depth + 1, 4)} {context.command_path}"
    if command.help:
        yield command.help.replace("\b", "").replace("\f", "")
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _command(inner, typer.Context(inner, info_name=name, parent=context))
        return
    yield f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```"
    records = [record for each in command.get_params(context) if (record := each.get_help_record(context))]
    rows = [f"| <code>{_cell(spelled)}</code> | {_cell(meaning)} |" for spelled, meaning in records]
    yield "\n".join(["| Argument, option | Meaning |", "| --- | --- |", *rows])


def _cell(text: str) -> str:
    """Text as it may stand in a cell of a table: on one line, escaped."""
    escaped = html.escape(" ".join(text.split()))
    return re.sub(r"[|*_`\[\]]", lambda match: f"&#{ord(match[0])};", escaped)


def _overview() -> Iterator[str]:
    yield "The public names of each package; where each is defined, its page says."
    for title, folder in PACKAGES.items():
        package = "exiqa" if title == "exiqa" else f"exiqa.{title}"
        docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8")))
        yield f"## {package}"
        yield f"{docstring}"
        yield ", ".join(f"[`{name}`]({title}.md#{path})" for path, name in _public(folder))


def _names(folder: str) -> Iterator[str]:
    for path, _ in _public(folder):
        yield f"::: {path}"


def _public(folder: str) -> Iterator[tuple[str, str]]:
    """(dotted path of the definition, name) of what a package's stub exports, by name."""
    package = "exiqa" if folder == "app" else f"exiqa.{folder}"
    stub = ast.parse((ROOT / folder / "__init__.pyi").read_text(encoding="utf-8"))
    for statement in sorted(stub.body, key=lambda each: each.names[0].name):  # type: ignore[attr-defined]
        assert isinstance(statement, ast.ImportFrom)
        name = statement.names[0].name
        yield f"{package}.{statement.module}.{name}", name


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "docs")
