"""Running the cells of a plan: on this machine's cores or a cluster's, interrupted and gone on with at any cell."""

from __future__ import annotations

import operator
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.dataset_record import (
    FailedDataset,
    read_dataset_records,
    write_dataset_record,
    write_failed_dataset,
)
from exiqa.bench.cells.parts import Pretraining
from exiqa.bench.cells.record import FailedCell, read_record, sweep, write_failure, write_figures, write_record
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.bench.methods.predictions import FILE
from exiqa.bench.protocol import PROTOCOLS
from exiqa.bench.running.cell_bank import bank_of_cell
from exiqa.bench.running.count import dataset_record, statistics_of
from exiqa.bench.running.datasets import DatasetLocation, cached_dataset
from exiqa.bench.running.evaluate import TrainedOn, evaluate
from exiqa.bench.running.leave_one_out import predictions_of
from exiqa.bench.running.planning.plan import Plan
from exiqa.bench.running.suites.suite import Job, datasets_of
from exiqa.bench.running.versions import cell_versions, statistics_versions
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, locked, only_one, sha256_file, sha256_hex
from exiqa.core.parallel import Workers, run_parallel
from exiqa.iqadata.datasets.leakage import Leakage, find_leakage
from exiqa.iqadata.datasets.near_duplicates import near_duplicates
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.backbones.card import PretrainingCard
from exiqa.model.tuning_modes import TUNING_MODES

WORK = "work"
"""The folder beside the records for what cells share: tuned towers, embeddings. It may be deleted after a run."""

_Done = tuple[list[FailedCell], int]
"""The cells that failed, and how many cells there were."""


@dataclass(frozen=True)
class JobGroup:
    """Cells that share work (a tuned tower, a peer's features), which one process does one after the other."""

    jobs: tuple[Job, ...]
    locations: Mapping[str, DatasetLocation]
    runs: Path
    bank_store: Path | None


def run_plan(
    plan: Plan,
    runs: Path,
    *,
    workers: Workers | None = None,
    bank_store: Path | None = None,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[FailedCell, ...]:
    """Run the cells of a plan that wait, and write each record as soon as it is there.

    Data sets whose statistics wait are counted as well. What fails is recorded with its error, and the rest goes on.
    Stopped at any point, the next plan takes up where this one was.

    Args:
        plan: What is to be done.
        runs: The folder of the records.
        workers: This machine's processes, or a cluster's.
        bank_store: Where banks that are not shipped are looked for.
        step: Told (done, total) cells while work goes on.

    Returns:
        The cells that failed, in the plan's order.

    Raises:
        UserError: Another run is at work in the same folder, a worker dies, or no cluster answers.
    """
    relabel(plan, runs)
    groups = grouped(plan, runs.resolve(), bank_store)
    total = sum(len(group.jobs) for group in groups)
    calls: list[Callable[[], _Done]] = [
        partial(count_dataset, plan.locations[dataset.name], runs.resolve())
        for dataset in plan.datasets
        if dataset.waits
    ]
    calls += [partial(run_group, group) for group in groups]
    failed: list[FailedCell] = []
    if calls:
        with only_one(runs / WORK / ".lock", f"another run is at work in {runs}; wait for it to end"):
            sweep(runs)
            done = 0
            for failures, count in run_parallel(operator.call, calls, workers or Workers()):
                failed += failures
                done += count
                if count:
                    step(done, total)
    order = {job.cell: number for number, job in enumerate(cell.job for cell in plan.cells)}
    return tuple(sorted(failed, key=lambda failure: order[failure.cell]))


def relabel(plan: Plan, runs: Path) -> None:
    """Write the suite's labels into the records that are done and have others: what things are called needs no run."""
    for cell in plan.cells:
        if cell.relabel:
            record = read_record(runs / f"{cell.job.cell.file_stem}.json")
            write_figures(runs, record.model_copy(update={"labels": cell.job.labels}))
    renamed = {dataset.name for dataset in plan.datasets if dataset.relabel}
    for counted in read_dataset_records(runs) if renamed else ():
        if counted.name in renamed:
            label = plan.locations[counted.name].choice.label or ""
            write_dataset_record(runs, counted.model_copy(update={"label": label}))


def grouped(plan: Plan, runs: Path, bank_store: Path | None = None) -> list[JobGroup]:
    """The waiting cells by what they share, in the order of the first cell of each group, a split's together."""
    groups: dict[str, list[Job]] = {}
    for cell in plan.waiting:
        groups.setdefault(_shares(cell.job), []).append(cell.job)
    return [
        # A process keeps one backbone, and that of one seed may not be that of another.
        JobGroup(
            tuple(sorted(jobs, key=lambda job: job.cell.seed)),
            {name: plan.locations[name] for name in datasets_of(jobs)},
            runs,
            bank_store,
        )
        for jobs in groups.values()
    ]


def _shares(job: Job) -> str:
    """What tells groups apart: for what is tuned the tower, else the method and the data set it looks at."""
    if job.train_bank is None:
        return canonical_json([job.cell.method, job.cell.test])
    if job.cell.model is not None:
        return canonical_json([job.cell.model, job.cell.test])
    tuning = dict(job.settings["tuning"])
    if not TUNING_MODES[tuning["mode"]].trains_weights:
        del tuning["seed"]  # every split has the same tower
        return canonical_json([job.cell.train, tuning])
    return canonical_json([job.cell.train, job.cell.k, job.train_bank, tuning])


def run_group(group: JobGroup) -> _Done:
    """Run a group's cells; those that failed, and how many cells there were."""
    failed = []
    for job in group.jobs:
        start = time.perf_counter()
        try:
            run_cell(job, group.locations, group.runs, group.bank_store)
        except Exception as error:  # whatever went wrong is recorded, shown and ends the command with 1
            seconds = time.perf_counter() - start
            failure = FailedCell(cell=job.cell, labels=job.labels, seconds=seconds, **_error_fields(error))
            write_failure(group.runs, failure)
            failed.append(failure)
    return failed, len(group.jobs)


def count_dataset(location: DatasetLocation, runs: Path) -> _Done:
    """Count a data set and write its record, or why that failed; no cells, as `run_group` gives them."""
    start = time.perf_counter()
    try:
        dataset = cached_dataset(location, runs / WORK)
        statistics = statistics_of(dataset)
        seconds = time.perf_counter() - start
        record = dataset_record(dataset, statistics, seconds, statistics_versions(location.choice))
        write_dataset_record(runs, record.model_copy(update={"label": location.choice.label or ""}))
    except Exception as error:  # as of a cell
        seconds = time.perf_counter() - start
        label = location.choice.label or ""
        failed = FailedDataset(name=location.name, label=label, seconds=seconds, **_error_fields(error))
        write_failed_dataset(runs, failed)
    return [], 0


def _error_fields(error: Exception) -> dict[str, Any]:
    """The fields that say what went wrong; call it while the error is handled."""
    if isinstance(error, UserError):
        return {"error": str(error), "kind": type(error).__name__}
    first_line = (str(error).splitlines() or ["no reason given"])[0]
    kind = type(error).__name__
    return {"error": f"{kind}: {first_line}", "kind": kind, "traceback": traceback.format_exc()}


def run_cell(job: Job, locations: Mapping[str, DatasetLocation], runs: Path, bank_store: Path | None = None) -> None:
    """Run one cell and write its record.

    Raises:
        Exception: What its data sets, banks and method raise.
    """
    cell = job.cell
    task = task_of(job, locations, runs, bank_store)
    start = time.perf_counter()
    leaves_one_out = task.protocol.leaves_one_out
    predicted = predictions_of(task) if leaves_one_out else METHODS[cell.method].predict(task)
    seconds = time.perf_counter() - start
    if job.explore:
        from exiqa.bench.explorer.examples import examples
        from exiqa.bench.explorer.explorer import write_explorer

        write_explorer(runs, examples(task, job.explore))
    train_bank, bank = _banks(job, bank_store)
    trained = None
    if cell.is_across:
        shared = shared_references(locations[cell.train], locations[cell.test], task)
        trained = TrainedOn(task.train, task.train_split, train_bank, shared)
    record, frame = evaluate(
        cell,
        task.test,
        task.test_split,
        predicted,
        seconds=seconds,
        versions=cell_versions(cell, job.train, job.test),
        bank=bank,
        trained=trained,
        near_duplicates=repeated_photos(task),
        pretraining=pretraining_of(task),
        settings=job.settings if job.file is None else {FILE: job.file.name},  # where it lies is the user's own affair
    )
    hashes = record.hashes.model_copy(update={"file": sha256_file(job.file) if job.file else None})
    record = record.model_copy(update={"labels": job.labels, "hashes": hashes})
    if job.probe:
        from exiqa.bench.probing.probe import probe
        from exiqa.bench.probing.store import write_probed

        write_probed(runs, probe(task, record))
    write_record(runs, record, frame)


def task_of(
    job: Job, locations: Mapping[str, DatasetLocation], runs: Path, bank_store: Path | None = None
) -> PredictionTask:
    """A cell with the data sets, splits and banks that its method is given, as `run_cell` gives them.

    Args:
        job: The cell.
        locations: Its data sets, by their names in the suite (`exiqa.bench.running.planning.plan.Plan.locations`).
        runs: The folder of the records.
        bank_store: Where banks that are not shipped are.

    Raises:
        UserError: A data set or a bank is not there, is not whole, or does not fit.
    """
    cell = job.cell
    work = runs / WORK
    test = cached_dataset(locations[cell.test], work)
    train = cached_dataset(locations[cell.train], work) if cell.is_across else test
    train_split, test_split = (make_split(dataset, cell.seed, cell.split) for dataset in (train, test))
    read_out = test if PROTOCOLS[cell.protocol].bank == "test" else train
    train_bank, bank = (
        bank_of_cell(cell, saved, dataset.distortions) if saved else None
        for saved, dataset in zip(_banks(job, bank_store), (train, read_out), strict=True)
    )
    return PredictionTask(
        cell=cell,
        train=train,
        train_split=train_split,
        test=test,
        test_split=test_split,
        bank=bank,
        train_bank=train_bank,
        settings=job.settings,
        work=work,
    )


def _banks(job: Job, store: Path | None) -> tuple[Bank | None, Bank | None]:
    """What a cell is tuned on and what it is read out with, as they are saved."""
    train_bank, bank = (load_bank(spec, store) if spec else None for spec in (job.train_bank, job.bank))
    return train_bank, bank


def pretraining_of(task: PredictionTask) -> Pretraining | None:
    """What a cell's backbone had met of its test set and its bank, by its card; None without a backbone or a card."""
    if task.cell.backbone is None:
        return None
    card = _card(task.cell.backbone)
    if card is None:
        return None
    ids = [attribute.id for attribute in task.bank.attributes] if task.bank else []
    return Pretraining(
        datasets=card.datasets,
        distortions=len(card.distortions.intersection(task.test.distortions)),
        attributes=len(card.attributes.intersection(ids)),
        of_attributes=len(ids),
        free_text=card.free_text,
    )


@lru_cache(maxsize=8)
def _card(backbone: str) -> PretrainingCard | None:
    from exiqa.model.backbones.families import card_of

    return card_of(backbone)


def repeated_photos(task: PredictionTask) -> int | None:
    """How many test photos of a cell nearly repeat one that its regressor was fitted to; None where nothing is fitted
    to the test set, or its images are made from references."""
    dataset, split = task.test, task.test_split
    if task.protocol.regressor != "test" or dataset.distortions or METHODS[task.cell.method].kind == "trivial":
        return None
    return len(near_duplicates(dataset, split))


def shared_references(train_location: DatasetLocation, test_location: DatasetLocation, task: PredictionTask) -> int:
    """How many references of the test split have content that is among the training data set's references.

    All references of the two sets are compared once, and the answer is kept in `task.work`/leakage.
    """
    inputs = canonical_json([train_location.key(), test_location.key(), task.train.hash, task.test.hash])
    path = task.work / "leakage" / f"{sha256_hex(inputs)[:32]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock")):
        if path.is_file():
            leakage = Leakage.load(path)
        else:
            leakage = find_leakage(task.train, task.test)
            leakage.save(path)
    return len({pair.second for pair in leakage.pairs} & set(task.test_split.test))
