"""`bench`: show and render the tables of benchmark records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bank.console import new_app, printable

app = new_app("Benchmark tables and reports, computed from the records of finished runs.")

Runs = Annotated[Path, typer.Argument(help="Folder with the records of a run (*.json).", show_default=False)]


@app.callback()
def _group() -> None:
    """Keeps `bench` a group of commands, however few there are."""


@app.command("tables")
def show_tables(
    runs: Runs,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON, figures unrounded.")] = False,
) -> None:
    """Show the tables of a folder of records, and whether ours beats the prior."""
    import dataclasses
    import json

    from bench.paper_tables import paper_tables
    from bench.record import read_failures, read_records
    from bench.render_terminal import print_table
    from bench.verdict import verdicts

    records = read_records(runs)
    tables = paper_tables(records, read_failures(runs))
    answers = verdicts(records)
    if as_json:
        said = {
            "tables": [dataclasses.asdict(table) for table in tables],
            "verdicts": [dataclasses.asdict(verdict) | {"holds": verdict.holds} for verdict in answers],
        }
        print(json.dumps(said, ensure_ascii=False, indent=1, allow_nan=False))
        return
    for table in tables:
        print_table(table)
    for verdict in answers:
        print(printable(verdict.sentence))


@app.command("report")
def render(
    runs: Runs,
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write report.md and index.html to.", show_default=False)
    ],
    title: Annotated[str, typer.Option("--title", help="Title of the report.")] = "Benchmark report",
) -> None:
    """Render the tables of a folder of records to report.md and one self-contained index.html."""
    from bench.record import read_records
    from bench.render import render_report
    from bench.report import report_of

    for path in render_report(report_of(read_records(runs), title, runs), out):
        print(printable(str(path)))
