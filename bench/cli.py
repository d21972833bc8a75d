"""`bench`: run suites of benchmark cells, and show and render the tables of their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from exiqa.core.console import new_app, printable

if TYPE_CHECKING:
    from exiqa.bench.cells.record import Cell
    from exiqa.bench.running.planning.plan import Plan

app = new_app("Run benchmark suites; tables and reports from their records.")

Runs = Annotated[Path, typer.Argument(help="Folder with the records of a run (*.json).", show_default=False)]


SuiteName = Annotated[str, typer.Argument(metavar="SUITE", help="A TOML file, or paper, mini or smoke.")]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="NAME=DIR", help="Where a data set of the suite is; once for each."),
]
Out = Annotated[Path, typer.Option("--out", metavar="RUNS", help="Folder of the records.")]
Store = Annotated[Path, typer.Option("--store", metavar="DIR", help="Folder of your own banks.")]
Jobs = Annotated[int, typer.Option(help="Processes; -1 is one a core.")]
Backend = Annotated[Literal["local", "dask"], typer.Option(help="This machine, or a dask cluster.")]
Scheduler = Annotated[str | None, typer.Option(metavar="ADDR", help="tcp://host:port, for dask.")]


@app.command("run")
def run_suite(
    suite: SuiteName,
    data: Data = None,
    out: Out = Path("runs"),
    store: Store = Path("banks"),
    jobs: Jobs = -1,
    backend: Backend = "local",
    scheduler: Scheduler = None,
) -> None:
    """Run the cells of a suite that have no record yet, or one that something has changed since.

    Stopped at any point, the same command goes on. A cell that fails is recorded, the others go on, and it ends with 1,
    as it does where a folder or a file of predictions that was named cannot be used.
    """
    from exiqa.bench.running.planning.plan import make_plan
    from exiqa.bench.running.suites.suite import expand, load_suite, parse_folders

    _check_workers(jobs, backend, scheduler)
    cells = expand(load_suite(suite))
    folders = parse_folders(data or [])
    if not _run(lambda: make_plan(cells, out, folders, store), out, store, jobs, scheduler):
        raise typer.Exit(1)


def _check_workers(jobs: int, backend: str, scheduler: str | None) -> None:
    from exiqa.core.errors import UserError

    if (backend == "dask") != (scheduler is not None):
        raise UserError("--backend dask and --scheduler ADDR go together; give both or neither")
    if jobs == 0:
        raise UserError("--jobs 0 does nothing; give the number of processes, or -1 for one a core")


def _run(
    plan: Callable[[], Plan],
    out: Path,
    store: Path,
    jobs: int,
    scheduler: str | None,
    *,
    about: Mapping[Cell, str] | None = None,
    to_stderr: bool = False,
) -> bool:
    """Run what waits of a plan that can be made again, and say how it stands then; whether nothing went wrong.

    Args:
        plan: Makes the plan, again once it was run.
        out: The folder of the records.
        store: Where banks that are not shipped are looked for.
        jobs: Processes; -1 is one a core.
        scheduler: Address of a dask scheduler.
        about: By a cell's variant, words that tell it from others of its method.
        to_stderr: Whether the lines go there, as where JSON is printed.
    """
    from exiqa.bench.running.planning.plan_text import cell_words, duration, plan_lines
    from exiqa.core.progress import progress_bar

    def say(line: str) -> None:
        typer.echo(printable(line), err=to_stderr)

    planned = plan()
    if planned.is_idle:
        for line in plan_lines(planned, every_row=False):
            say(line)
        return _all_usable(planned)
    from exiqa.bench.running.run import run_plan
    from exiqa.core.parallel import Workers

    waiting = len(planned.waiting)
    if waiting:
        say(f"{waiting} of {len(planned.cells)} cells to run, about {duration(planned.seconds)} one after the other")
    with progress_bar("Cells") as step:
        failed = run_plan(planned, out, workers=Workers(jobs, scheduler), bank_store=store, step=step)
    left = plan()
    for line in plan_lines(left, every_row=False):
        say(line)
    uncounted = [dataset for dataset in left.datasets if dataset.state == "failed"]
    for dataset in uncounted:
        typer.echo(printable(f"failed: statistics {dataset.name}: {dataset.why}"), err=True)
    for failure in failed:
        words = (about or {}).get(failure.cell.variant)
        where = cell_words(failure.cell) + (f", {words}" if words else "")
        typer.echo(printable(f"failed: {where}: {failure.error}"), err=True)
    if failed:
        typer.echo(f"Error: {len(failed)} of {waiting} cells failed, listed above and in {out}/failures", err=True)
    return _all_usable(left) and not failed and not uncounted


def _all_usable(plan: Plan) -> bool:
    """Whether all that the user named can be used; says what cannot."""
    for why in plan.unusable:
        typer.echo(printable(f"Error: {why}"), err=True)
    return not plan.unusable


@app.command("plan")
def show_plan(
    suite: SuiteName,
    data: Data = None,
    out: Out = Path("runs"),
    store: Store = Path("banks"),
    as_json: Annotated[bool, typer.Option("--json", help="Print every cell as JSON.")] = False,
) -> None:
    """Show which cells of a suite are done, which would run and how long, and what is missing, before anything runs."""
    from exiqa.bench.running.planning.plan import make_plan
    from exiqa.bench.running.planning.plan_text import plan_json, plan_lines
    from exiqa.bench.running.suites.suite import expand, load_suite, parse_folders

    planned = make_plan(expand(load_suite(suite)), out, parse_folders(data or []), store)
    if as_json:
        _print_json(plan_json(planned))
        return
    for line in plan_lines(planned):
        typer.echo(printable(line))


@app.command("ablate")
def ablate(
    suite: SuiteName = "mini",
    on: Annotated[str | None, typer.Option("--on", metavar="DATASET", help="Of the suite; its first.")] = None,
    k: Annotated[str | None, typer.Option("--k", metavar="1,3,…", help="Attributes per distortion.")] = None,
    prompts: Annotated[str | None, typer.Option(metavar="0,15,…", help="Numbers of visual prompts.")] = None,
    banks: Annotated[str | None, typer.Option(metavar="NAME@1,…", help="Banks, or versions of one.")] = None,
    templates: Annotated[str | None, typer.Option(metavar="SET,…", help="paper, none, antonym, nothing_wrong.")] = None,
    tuning: Annotated[str | None, typer.Option(metavar="MODE,…", help="shallow, deep, full, frozen.")] = None,
    base: Annotated[
        list[str] | None, typer.Option(metavar="FACTOR=VALUE", help="What the base has otherwise than the suite: k=3.")
    ] = None,
    grid: Annotated[
        Literal["one", "full"], typer.Option(help="One factor at a time, or every combination of their values.")
    ] = "one",
    seeds: Annotated[int | None, typer.Option(min=1, metavar="N", help="Splits 0 to N-1; those of the suite.")] = None,
    protocols: Annotated[
        str | None, typer.Option(metavar="P,…", help="identification, quality, validity; what the suite has.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the ablation, for reports.")] = None,
    data: Data = None,
    out: Out = Path("runs"),
    store: Store = Path("banks"),
    jobs: Jobs = -1,
    backend: Backend = "local",
    scheduler: Scheduler = None,
    only_plan: Annotated[bool, typer.Option("--plan", help="Show the cells and how long they take; run none.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines and tables.")] = False,
) -> None:
    """Vary what our method is told around a suite's setting of it, and compare every setting with that base.

    Values are separated by commas. The cells are those of `run`: what is done in RUNS is not run again. What cannot be
    combined is left out and named. Tables are shown at the end; `report RUNS` adds line plots to them.
    """
    import dataclasses

    from exiqa.bench.ablation.ablation import choice_in_words, read_ablation_results, write_ablation
    from exiqa.bench.ablation.options import parse_base, parse_factors, parse_protocols
    from exiqa.bench.ablation.table import ablation_tables
    from exiqa.bench.reports.renderers.terminal import print_table
    from exiqa.bench.running.ablation_jobs import make_ablation
    from exiqa.bench.running.planning.plan import make_plan
    from exiqa.bench.running.planning.plan_text import plan_json, plan_lines
    from exiqa.bench.running.suites.suite import load_suite, parse_folders

    _check_workers(jobs, backend, scheduler)
    folders = parse_folders(data or [])
    ablation, cells = make_ablation(
        load_suite(suite),
        suite,
        parse_factors({"k": k, "prompts": prompts, "banks": banks, "templates": templates, "tuning": tuning}),
        dataset=on,
        protocols=parse_protocols(protocols) if protocols is not None else (),
        base=parse_base(base or []),
        grid=grid,
        seeds=range(seeds or 0),
        name=name,
        folders=folders,
        bank_store=store,
    )

    def plan() -> Plan:
        # The other records of the folder are not unrelated here: tables show them beside the ablation.
        return dataclasses.replace(make_plan(cells, out, folders, store), unrelated=())

    definition = ablation.model_dump(mode="json")
    if not as_json:
        for omitted in ablation.left_out:
            typer.echo(printable(f"left out: {choice_in_words(omitted.changed)}: {omitted.why}"))
    if only_plan:
        if as_json:
            _print_json({"ablation": definition, "plan": plan_json(plan())})
        else:
            for line in plan_lines(plan(), about=ablation.arms_in_words):
                typer.echo(printable(line))
        return
    write_ablation(out, ablation)
    complete = _run(plan, out, store, jobs, scheduler, about=ablation.arms_in_words, to_stderr=as_json)
    tables = ablation_tables(ablation, *read_ablation_results(out, ablation))
    if as_json:
        _print_json({"ablation": definition, "tables": [dataclasses.asdict(table) for table in tables]})
    else:
        for table in tables:
            print_table(table)
    if not complete:
        raise typer.Exit(1)


@app.command("rescore")
def rescore(runs: Runs) -> None:
    """Compute all figures of a folder of records again from the stored predictions, with no model and no data set."""
    from exiqa.bench.running.rescore import rescore_records
    from exiqa.core.progress import progress_bar

    with progress_bar("Records") as step:
        changed, total = rescore_records(runs, step)
    typer.echo(f"{total} records, {changed} of them with other figures than before")


@app.command("tables")
def show_tables(
    runs: Runs,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON, figures unrounded.")] = False,
) -> None:
    """Show the tables of a folder of records and its ablations, and whether ours beats the prior."""
    import dataclasses

    from exiqa.bench.ablation.table import ablation_tables
    from exiqa.bench.reports.archive import records_folder
    from exiqa.bench.reports.renderers.terminal import print_table
    from exiqa.bench.reports.results import read_results
    from exiqa.bench.tables.paper_tables import paper_tables
    from exiqa.bench.tables.prior_verdict import prior_verdicts

    with records_folder(runs) as folder:
        results = read_results(folder)
    tables = [
        *paper_tables(results.table_records, results.table_failures, results.datasets, results.uncounted),
        *(table for a in results.ablations for table in ablation_tables(a, results.records, results.failures)),
    ]
    verdicts = prior_verdicts(results.table_records)
    if as_json:
        _print_json(
            {
                "tables": [dataclasses.asdict(table) for table in tables],
                "verdicts": [
                    dataclasses.asdict(verdict) | {"holds": verdict.holds, "sentence": verdict.sentence}
                    for verdict in verdicts
                ],
            }
        )
        return
    for table in tables:
        print_table(table)
    for verdict in verdicts:
        print(printable(verdict.sentence))


@app.command("report")
def render(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.", show_default=False)],
    title: Annotated[
        str | None, typer.Option("--title", help="Title of the report; the suite's without one.", show_default=False)
    ] = None,
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

    report.md, index.html, report.tex (compiles as it is), and a .tex and a .csv for each table. The records go with it
    in records.parquet, which RUNS may be in place of a folder: every table can be made of it again without a run.
    """
    from contextlib import ExitStack

    from exiqa.bench.reports.archive import ARCHIVE, records_folder, write_archive
    from exiqa.bench.reports.renderers.files import render_report
    from exiqa.bench.reports.report import report_of
    from exiqa.bench.reports.results import read_results

    planned = None
    with ExitStack() as opened:
        folder = opened.enter_context(records_folder(runs))
        other = opened.enter_context(records_folder(compare)) if compare else None
        if suite:
            from exiqa.bench.running.planning.plan import make_plan
            from exiqa.bench.running.suites.suite import expand, load_suite, parse_folders

            chosen = load_suite(suite)
            title = title or chosen.title
            planned = make_plan(expand(chosen), folder, parse_folders(data or []), store)
        results = read_results(folder, planned)
        written = render_report(report_of(results, title, other), out)
        for path in (*written, write_archive(results, out / ARCHIVE)):
            print(printable(str(path)))


@app.command("publish")
def publish(
    runs: Runs,
    dataset: Annotated[
        list[str], typer.Option("--dataset", metavar="NAME=USER/REPO", help="A data set and its repository; repeat.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The model's folder.", show_default=False)],
    method: Annotated[str, typer.Option("--method", metavar="ID", help="Whose figures.")] = "exiqa",
    source: Annotated[
        str | None, typer.Option("--source", metavar="URL", help="Where the report is to be read.")
    ] = None,
) -> None:
    """Write a method's figures as .eval_results/*.yaml into a model's folder, for its page on the Hugging Face hub."""
    from exiqa.bench.cells.record import read_records
    from exiqa.bench.reports.eval_results import eval_results, write_eval_results
    from exiqa.core.errors import UserError

    repositories = {}
    for text in dataset:
        name, equals, repository = text.partition("=")
        if not equals or repository.count("/") != 1:
            raise UserError(f"--dataset {text!r}: write NAME=USER/REPO, the data set's repository on the hub")
        repositories[name] = repository
    for path in write_eval_results(eval_results(read_records(runs), method, repositories, source), out):
        print(printable(str(path)))


def _print_json(value: Any) -> None:
    import json

    # Escaped to ASCII, which no terminal takes for a command.
    print(json.dumps(value, indent=1, allow_nan=False))
