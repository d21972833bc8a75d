"""Running the cells of a plan: on this machine's cores or a cluster's, interrupted and gone on with at any cell."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.record import FailedCell, Record, sweep, write_failure, write_record
from exiqa.bench.cells.task import Task
from exiqa.bench.methods.registry import METHODS
from exiqa.bench.running.evaluate import Trained, evaluate_scores, evaluate_statistics, evaluate_strengths
from exiqa.bench.running.opened import Place, open_place, opened
from exiqa.bench.running.plan import Plan
from exiqa.bench.running.statistics_cell import counts, statistics
from exiqa.bench.running.suite import Job
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, only_one, sha256_hex
from exiqa.core.parallel import Workers, run_parallel
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.leakage import Leakage, find_leakage
from exiqa.iqadata.datasets.splits import Split, make_split
from exiqa.model.tuning_modes import TUNING_MODES

WORK = "work"
"""The folder beside the records for what cells share: tuned towers, embeddings. It may be deleted after a run."""

Step = Callable[[int, int], None]
"""Told (done, total) cells while work goes on."""


@dataclass(frozen=True)
class Group:
    """Cells that share work (a tuned tower, a peer's features), which one process does one after the other."""

    jobs: tuple[Job, ...]
    places: Mapping[str, Place]
    runs: Path
    bank_store: Path | None


def run_plan(
    plan: Plan,
    runs: Path,
    *,
    workers: Workers | None = None,
    bank_store: Path | None = None,
    step: Step = lambda done, total: None,
) -> tuple[FailedCell, ...]:
    """Run the cells of a plan that wait, and write each record as soon as it is there; the cells that failed.

    A cell that fails is recorded with its error, and the others go on. Stopped at any point, the next plan takes up
    where this one was.
    Raises UserError where another run is at work in the same folder, where a worker dies, or no cluster answers.
    """
    groups = grouped(plan, runs.resolve(), bank_store)
    total = sum(len(group.jobs) for group in groups)
    failed: list[FailedCell] = []
    if total:
        with only_one(runs / WORK / ".lock", f"another run is at work in {runs}; wait for it to end"):
            sweep(runs)
            done = 0
            for failures, count in run_parallel(run_group, groups, workers or Workers()):
                failed += failures
                done += count
                step(done, total)
    order = {job.cell: number for number, job in enumerate(cell.job for cell in plan.cells)}
    return tuple(sorted(failed, key=lambda failure: order[failure.cell]))


def grouped(plan: Plan, runs: Path, bank_store: Path | None = None) -> list[Group]:
    """The waiting cells by what they share, in the order of the first cell of each group."""
    groups: dict[str, list[Job]] = {}
    for cell in plan.waiting:
        groups.setdefault(_shares(cell.job), []).append(cell.job)
    return [
        Group(tuple(jobs), {name: plan.places[name] for job in jobs for name in (job.cell.train, job.cell.test)}, runs,
              bank_store)
        for jobs in groups.values()
    ]  # fmt: skip


def _shares(job: Job) -> str:
    """What tells groups apart: for what is tuned the tower, else the method and the data set it looks at."""
    if job.train_bank is None:
        return canonical_json([job.cell.method, job.cell.test])
    tuning = dict(job.settings["tuning"])
    if not TUNING_MODES[tuning["mode"]].trains_weights:
        del tuning["seed"]  # every split has the same tower
        return canonical_json([job.cell.train, tuning])
    return canonical_json([job.cell.train, job.cell.k, job.train_bank, tuning])


def run_group(group: Group) -> tuple[list[FailedCell], int]:
    """Run a group's cells; those that failed, and how many cells there were."""
    failed = []
    for job in group.jobs:
        start = time.perf_counter()
        try:
            run_cell(job, group.places, group.runs, group.bank_store)
        except Exception as error:  # whatever went wrong is recorded, shown and ends the command with 1
            mine = isinstance(error, UserError)
            failure = FailedCell(
                cell=job.cell,
                error=str(error)
                if mine
                else f"{type(error).__name__}: {(str(error).splitlines() or ['no reason given'])[0]}",
                kind=type(error).__name__,
                traceback="" if mine else traceback.format_exc(),
                seconds=time.perf_counter() - start,
            )
            write_failure(group.runs, failure)
            failed.append(failure)
    return failed, len(group.jobs)


def run_cell(job: Job, places: Mapping[str, Place], runs: Path, bank_store: Path | None = None) -> Record:
    """Run one cell and write its record. Raises what its data sets, banks and method raise."""
    cell = job.cell
    test = opened(places[cell.test])
    start = time.perf_counter()
    if cell.protocol == "statistics":
        found = statistics(test)
        record, frame = evaluate_statistics(cell, test, found, counts(test), seconds=time.perf_counter() - start)
        write_record(runs, record, frame)
        return record
    train = test if cell.train == cell.test else opened(places[cell.train])
    splits = [make_split(dataset, cell.seed, cell.split) for dataset in (train, test)]
    banks = [load_bank(spec, bank_store) if spec else None for spec in (job.train_bank, job.bank)]
    task = _task(job, train, test, splits, banks, runs / WORK)
    start = time.perf_counter()
    predicted = _predict(task)
    seconds = time.perf_counter() - start
    if job.explore:
        from exiqa.bench.explorer.examples import examples
        from exiqa.bench.explorer.explorer import write_explorer

        write_explorer(runs, examples(task, job.explore))
    trained = None
    if train is not test:
        shared = shared_references(places[cell.train], places[cell.test], train, test, splits[1], runs / WORK)
        trained = Trained(train, splits[0], banks[0], shared)
    evaluate = evaluate_strengths if cell.protocol == "identification" else evaluate_scores
    record, frame = evaluate(cell, test, splits[1], predicted, seconds=seconds, bank=banks[1], trained=trained)
    write_record(runs, record, frame)
    return record


def _task(
    job: Job, train: Dataset, test: Dataset, splits: Sequence[Split], banks: Sequence[Bank | None], work: Path
) -> Task:
    # For identification the cell's bank is the test set's; for scores it is the one that was tuned on.
    read_out = test if job.cell.protocol == "identification" else train
    train_bank, bank = (
        bank.select(dataset.distortions).top(job.cell.k) if bank and job.cell.k else None
        for bank, dataset in zip(banks, (train, read_out), strict=True)
    )
    return Task(
        cell=job.cell,
        train=train,
        train_split=splits[0],
        test=test,
        test_split=splits[1],
        bank=bank,
        train_bank=train_bank,
        settings=job.settings,
        work=work,
    )


def _predict(task: Task) -> np.ndarray:
    where = METHODS[task.cell.method].predict
    module, _, function = where.partition(":")
    predicted = np.asarray(getattr(import_module(module), function)(task))
    rows = len(task.test_split.rows(task.test)[2])
    expected = (rows, len(task.test.distortions)) if task.cell.protocol == "identification" else (rows,)
    if predicted.shape != expected:
        raise ValueError(f"{where} gave an array of shape {predicted.shape}, not {expected}")
    return predicted


def shared_references(
    train_place: Place, test_place: Place, train: Dataset, test: Dataset, split: Split, work: Path
) -> int:
    """How many references of the test split have content that is among the training data set's references.

    All references of the two sets are compared once, and the answer is kept in `work`/leakage.
    """
    from filelock import FileLock

    said = canonical_json([train_place.key(), test_place.key(), train.hash, test.hash])
    path = work / "leakage" / f"{sha256_hex(said)[:32]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if path.is_file():
            found = Leakage.load(path)
        else:
            # Opened again: what runs see of a data set keeps its images, not its references.
            found = find_leakage(open_place(train_place), open_place(test_place))
            found.save(path)
    return len({pair.second for pair in found.pairs} & set(split.test))
