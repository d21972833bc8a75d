"""`bench`: run suites of benchmark cells, and show and render the tables of their records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bank.console import new_app, printable

app = new_app("Run benchmark suites; tables and reports from their records.")

Runs = Annotated[Path, typer.Argument(help="Folder with the records of a run (*.json).", show_default=False)]


SuiteName = Annotated[str, typer.Argument(metavar="SUITE", help="A TOML file, or paper, mini or smoke.")]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="NAME=DIR", help="Where a data set of the suite is; once for each."),
]
Out = Annotated[Path, typer.Option("--out", metavar="RUNS", help="Folder of the records.")]
Store = Annotated[Path, typer.Option("--store", metavar="DIR", help="Folder of your own banks.")]


@app.command("run")
def run_suite(
    suite: SuiteName,
    data: Data = None,
    out: Out = Path("runs"),
    store: Store = Path("banks"),
    jobs: Annotated[int, typer.Option(help="Processes; -1 is one a core.")] = -1,
    backend: Annotated[Literal["local", "dask"], typer.Option(help="This machine, or a dask cluster.")] = "local",
    scheduler: Annotated[str | None, typer.Option(metavar="ADDR", help="tcp://host:port, for dask.")] = None,
) -> None:
    """Run the cells of a suite that have no record yet, or one that something has changed since.

    Stopped at any point, the same command goes on. A cell that fails is recorded, the others go on, and it ends with 1.
    """
    from bank.errors import UserError
    from bench.plan import make_plan
    from bench.plan_text import cell_words, duration, plan_lines
    from bench.suite import expand, load_suite, parse_folders
    from iqadata.progress import progress_bar

    if (backend == "dask") != (scheduler is not None):
        raise UserError("--backend dask and --scheduler ADDR go together; give both or neither")
    if jobs == 0:
        raise UserError("--jobs 0 does nothing; give the number of processes, or -1 for one a core")
    cells = expand(load_suite(suite)[0])
    planned = make_plan(cells, out, parse_folders(data or []), store)
    if not planned.waiting:
        for line in plan_lines(planned, every_row=False):
            typer.echo(printable(line))
        return
    from bench.run import run_plan
    from iqadata.synth import Workers

    waiting = len(planned.waiting)
    typer.echo(f"{waiting} of {len(cells)} cells to run, about {duration(planned.seconds)} one after the other")
    with progress_bar("Cells") as step:
        failed = run_plan(planned, out, workers=Workers(jobs, scheduler), bank_store=store, step=step)
    for line in plan_lines(make_plan(cells, out, parse_folders(data or []), store), every_row=False):
        typer.echo(printable(line))
    if failed:
        for failure in failed:
            typer.echo(printable(f"failed: {cell_words(failure.cell)}: {failure.error}"), err=True)
        typer.echo(f"Error: {len(failed)} of {waiting} cells failed, listed above and in {out}/failures", err=True)
        raise typer.Exit(1)


@app.command("plan")
def show_plan(
    suite: SuiteName,
    data: Data = None,
    out: Out = Path("runs"),
    store: Store = Path("banks"),
    as_json: Annotated[bool, typer.Option("--json", help="Print every cell as JSON.")] = False,
) -> None:
    """Show which cells of a suite are done, which would run and how long, and what is missing, before anything runs."""
    import json

    from bench.plan import make_plan
    from bench.plan_text import plan_json, plan_lines
    from bench.suite import expand, load_suite, parse_folders

    planned = make_plan(expand(load_suite(suite)[0]), out, parse_folders(data or []), store)
    if as_json:
        print(json.dumps(plan_json(planned), ensure_ascii=False, indent=1, allow_nan=False))
        return
    for line in plan_lines(planned):
        typer.echo(printable(line))


@app.command("rescore")
def rescore(runs: Runs) -> None:
    """Compute all figures of a folder of records again from the stored predictions, with no model and no data set."""
    from bench.rescore import rescore_records
    from iqadata.progress import progress_bar

    with progress_bar("Records") as step:
        changed, total = rescore_records(runs, step)
    typer.echo(f"{total} records, {changed} of them with other figures than before")


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
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.", show_default=False)],
    title: Annotated[str, typer.Option("--title", help="Title of the report.")] = "Benchmark report",
    suite: Annotated[
        str | None, typer.Option("--suite", help="Show this suite's cells only, and say why some have no record.")
    ] = None,
    data: Data = None,
    store: Store = Path("banks"),
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="OTHER_RUNS", help="Records to set these beside.")
    ] = None,
) -> None:
    """Render the records of a folder as Markdown, one self-contained HTML page, LaTeX and CSV.

    report.md, index.html, report.tex (compiles as it is), and a .tex and a .csv for each table.
    """
    from bench.render import render_report
    from bench.report import report_of

    planned = None
    if suite:
        from bench.plan import make_plan
        from bench.suite import expand, load_suite, parse_folders

        planned = make_plan(expand(load_suite(suite)[0]), runs, parse_folders(data or []), store)
    for path in render_report(report_of(runs, title, planned, compare), out):
        print(printable(str(path)))
