"""The door: `exiqa attrgen|bank|data|model|bench|demo|assess|doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import attrgen.cli
import bank.cli
import bench.cli
import iqadata.cli
import model.cli
from bank.console import new_app

app = new_app("Explain image quality by attributes: generate banks, tune CLIP on them, score photos, render tables.")
app.add_typer(attrgen.cli.app, name="attrgen")
app.add_typer(bank.cli.app, name="bank")
app.add_typer(iqadata.cli.app, name="data")
app.add_typer(model.cli.app, name="model")
app.add_typer(bench.cli.app, name="bench")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the bank and the models.")] = Path("demo"),
    seed: Annotated[int, typer.Option(min=0, help="Seed of the data, the splits and the training.")] = 0,
) -> None:
    """The main job, end to end: description, LLM, bank, tuned model, tables, report."""
    from exiqa.demo import run_demo

    run_demo(out, seed)


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False) -> None:
    """What this machine has, what is missing, and the command that brings it."""
    from exiqa.doctor import examine, show

    checks = examine()
    show(checks, as_json=json)
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    app(prog_name="exiqa")
