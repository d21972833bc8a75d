"""The steps of `exiqa demo`, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from exiqa.bench import Record, expand, make_plan, read_results, render_report, run_plan
from exiqa.bench.cells.record import read_record
from exiqa.bench.methods.ours import scored
from exiqa.bench.reports.archive import ARCHIVE, write_archive
from exiqa.bench.running.planning.plan_text import cell_words
from exiqa.bench.running.run import task_of
from exiqa.bench.running.suites.suite import Job
from exiqa.core.console import printable
from exiqa.core.errors import UserError
from exiqa.core.parallel import Workers
from exiqa.core.progress import progress_bar
from exiqa.demo.bank import describe, save_bank
from exiqa.demo.report import demo_report
from exiqa.demo.suite import DemoSettings, demo_suite


def run_demo(out: Path, seed: int = 0, settings: DemoSettings | None = None) -> Path:
    """Run the main job into a folder. Called again after an interruption, it goes on where it stopped.

    Args:
        out: Gets `banks/` (the store with demo@1), `models/` (one artifact a split), `records/` (a folder a seed, with
            all that a benchmark's run leaves there), `splits/` and `report/`.
        seed: Of the LLM, the data and the first split.
        settings: How large the demo is.

    Returns:
        The path of the report's HTML page.

    Raises:
        UserError: Something that the user can mend; so are the OSErrors of a folder that cannot be written.
    """
    settings = settings or DemoSettings()
    out.mkdir(parents=True, exist_ok=True)
    runs, store = out / "records" / f"seed{seed}", out / "banks"
    steps = Steps()
    with steps.step("Asking a language model what a new distortion looks like"):
        described = describe(out, settings.llm, settings.k, settings.rounds, seed)
        for line in described.lines:
            steps.say(line)
    with steps.step("Saving the attribute bank"):
        bank = save_bank(out, described.generation)
    with steps.step("Making the data set"):
        suite = demo_suite(bank, settings, seed)
        jobs = expand(suite)
        locations = make_plan(jobs, runs, {}, store).locations
        ours = [job for job in jobs if job.cell.method == "exiqa" and job.cell.protocol == "quality"]
        tasks = [task_of(job, locations, runs, store) for job in ours]
        for task in tasks:
            task.test_split.save(out / "splits" / f"{task.test.name}-{task.cell.seed}.json")
        dataset = tasks[0].test
        steps.say(f"{len(dataset)} images of {len(dataset.references)} references, {len(dataset.distortions)} kinds")
    models = []
    for number, task in enumerate(tasks, 1):
        with steps.step(f"Tuning on split {number} of {len(tasks)}"):
            records = _run([job for job in jobs if job.cell.seed == task.cell.seed], runs, store)
            model = scored(task)
            model.save_pretrained(out / "models" / f"seed{seed}-split{task.cell.seed}")
            models.append((task, model))
            steps.say(_figures(records))
    with steps.step("Rendering the report"):
        results = read_results(runs, make_plan(jobs, runs, {}, store))
        report = demo_report(results, suite.title, seed, described, bank, models, steps.done)
        page = render_report(report, out / "report")[1]
        write_archive(results, out / "report" / ARCHIVE)
    for verdict in report.verdicts:
        steps.say(verdict.sentence)
    print(f"Report: {printable(str(page))}")
    return page


def _run(jobs: Sequence[Job], runs: Path, store: Path) -> list[Record]:
    """Run the cells that wait, and return the records of all of them.

    Raises:
        UserError: A cell failed; the sentence says which, and why.
    """
    with progress_bar("  cells") as step:
        # In this process: it has opened the data set.
        failures = run_plan(make_plan(jobs, runs, {}, store), runs, workers=Workers(1), bank_store=store, step=step)
    if failures:
        raise UserError(f"{cell_words(failures[0].cell)} failed, see {runs / 'failures'}: {failures[0].error}")
    return [read_record(runs / f"{job.cell.file_stem}.json") for job in jobs]


class Steps:
    """Says each step and its time as the demo goes."""

    def __init__(self) -> None:
        self.done: list[tuple[str, float]] = []
        self._console = Console()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._console.print(f"[bold]{name}[/] …")
        start = time.perf_counter()
        yield
        self.done.append((name, time.perf_counter() - start))
        self.say(f"done in {self.done[-1][1]:.0f} s")

    def say(self, text: str) -> None:
        """One indented line. Text from outside is made safe here."""
        self._console.print(f"  {printable(text)}", markup=False, highlight=False, soft_wrap=True)


def _figures(records: list[Record]) -> str:
    rmse = {r.cell.method: r.metrics["rmse"] for r in records if r.cell.table == "II"}
    srcc = {r.cell.method: r.metrics["srcc"] for r in records if r.cell.table == "III"}
    return (
        f"held-out RMSE {rmse['exiqa']:.4f} (prior {rmse['prior']:.4f}, all clean {rmse['all_clean']:.4f}), "
        f"SRCC with the proxy score {srcc['exiqa']:.3f}"
    )
