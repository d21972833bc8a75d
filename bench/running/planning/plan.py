"""What a suite's cells are waiting for: which are done, stale, failed or missing, why, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from exiqa.bench.ablation.ablation import ablation_only_cells, read_ablations
from exiqa.bench.cells.dataset_record import DatasetRecord, read_dataset_records, read_failed_datasets
from exiqa.bench.cells.record import FAILURES, Cell, FailedCell, RecordHead, read_failure, read_head, record_files
from exiqa.bench.cells.words import version_changes
from exiqa.bench.running.datasets import DatasetLocation, dataset_locations
from exiqa.bench.running.planning.current_inputs import CurrentInputs
from exiqa.bench.running.suites.suite import Job, datasets_of
from exiqa.bench.running.versions import statistics_versions
from exiqa.core.errors import UserError

State = Literal["done", "new", "stale", "failed", "missing"]
"""done: nothing to do. new, stale, failed: would run. missing: cannot run here."""


WAITING: tuple[State, ...] = ("new", "stale", "failed")


@dataclass(frozen=True)
class PlannedCell:
    """One cell of a suite as it stands."""

    job: Job
    state: State
    why: str
    """Why it is stale, failed or missing, or what of a done cell could not be compared; "" else."""
    seconds: float
    """What it took; for a cell that is not done, an estimate of what it will take."""
    relabel: bool = False
    """It is done, and its record has other labels than the suite."""

    @property
    def waits(self) -> bool:
        """Whether a run would compute it: it is new, stale or failed."""
        return self.state in WAITING


@dataclass(frozen=True)
class PlannedDataset:
    """The statistics of a data set as they stand."""

    name: str
    state: State
    why: str
    """Why they are stale, failed or missing; "" else."""
    relabel: bool = False
    """They are done, and their record has another label than the suite."""

    @property
    def waits(self) -> bool:
        """Whether a run would count them: they are new, stale or failed."""
        return self.state in WAITING


@dataclass(frozen=True)
class Plan:
    """All cells of a suite, in its order, and the data sets that these need."""

    cells: tuple[PlannedCell, ...]
    datasets: tuple[PlannedDataset, ...]
    locations: Mapping[str, DatasetLocation]
    unrelated: tuple[str, ...]
    """Record files in the folder that are of no cell of the suite, nor of an ablation: of other settings, or of another
    suite."""

    @property
    def waiting(self) -> tuple[PlannedCell, ...]:
        """The cells that would run."""
        return tuple(cell for cell in self.cells if cell.waits)

    @property
    def is_idle(self) -> bool:
        """Nothing would run, and nothing is called otherwise than it was."""
        planned: tuple[PlannedCell | PlannedDataset, ...] = (*self.cells, *self.datasets)
        return not any(each.waits or each.relabel for each in planned)

    @property
    def seconds(self) -> float:
        """An estimate of the time of what would run, one cell after the other."""
        return sum(cell.seconds for cell in self.waiting)

    @property
    def unusable(self) -> tuple[str, ...]:
        """Why folders (`--data`) and files of predictions that the user named cannot be used, each reason once."""
        given = {name for name, location in self.locations.items() if location.folder is not None}
        # What is done and has a reason could not be compared with what is there now.
        unread = {each.name: each.why for each in self.datasets if each.why and each.state in ("missing", "done")}
        folders = [why for name, why in unread.items() if name in given]
        files = [
            cell.why
            for cell in self.cells
            if cell.why and cell.state in ("missing", "done") and cell.job.file and cell.job.cell.test not in unread
        ]
        return tuple(dict.fromkeys((*folders, *files)))

    def count(self, state: State) -> int:
        """How many cells are in a state."""
        return sum(cell.state == state for cell in self.cells)


def make_plan(jobs: Sequence[Job], runs: Path, folders: Mapping[str, Path], bank_store: Path | None = None) -> Plan:
    """Hold the records of a run against what their cells depend on now.

    A data set is opened only if it, or the code that reads it, has changed since it was last looked at.

    Args:
        jobs: The cells of a suite.
        runs: The folder of the records.
        folders: Where the user's data sets are, by their names in the suite.
        bank_store: Where banks that are not shipped are looked for (`exiqa.bank.storage.store.load_bank`).

    Raises:
        UserError: A folder is given for a data set that no job needs.
    """
    locations = dataset_locations(datasets_of(jobs), folders, _backbones(jobs))
    current = CurrentInputs(locations, bank_store, _splits(jobs))
    files = {file.stem for file in record_files(runs)}
    records = {stem: _record(runs / f"{stem}.json") for job in jobs if (stem := job.cell.file_stem) in files}
    others = sorted(files - {job.cell.file_stem for job in jobs})
    # What ran with other settings took about as long: worth reading only where something is to run.
    similar = [_record(runs / f"{stem}.json") for stem in others] if len(records) < len(jobs) else []
    estimate = _TimeEstimate([record for record in (*records.values(), *similar) if isinstance(record, RecordHead)])
    cells = tuple(_planned(job, runs, records.get(job.cell.file_stem), current, estimate) for job in jobs)
    arms = {cell.file_stem for cell in ablation_only_cells(read_ablations(runs))}
    return Plan(cells, _planned_datasets(current, runs), locations, tuple(stem for stem in others if stem not in arms))


def _planned(
    job: Job, runs: Path, record: RecordHead | str | None, current: CurrentInputs, estimate: _TimeEstimate
) -> PlannedCell:
    seconds = record.seconds if isinstance(record, RecordHead) else estimate.of(job)
    relabel = isinstance(record, RecordHead) and record.labels != job.labels
    if why := current.why_missing(job):
        if isinstance(record, RecordHead):
            # Nothing says that what is not at hand has changed.
            return PlannedCell(job, "done", f"not compared: {why}", seconds, relabel)
        return PlannedCell(job, "missing", why, seconds)
    why = record if isinstance(record, str) else ""
    if isinstance(record, RecordHead):
        changes = current.changes(job, record)
        if not (runs / f"{job.cell.file_stem}.parquet").is_file():
            changes.append("its predictions are gone")
        if not changes:
            return PlannedCell(job, "done", "", seconds, relabel)
        why = ", ".join(changes)
    if obstacle := current.obstacle(job):
        return PlannedCell(job, "missing", obstacle, seconds)
    if why:
        return PlannedCell(job, "stale", why, seconds)
    failed = _failure(runs, job)
    return PlannedCell(job, "failed", failed.error, seconds) if failed else PlannedCell(job, "new", "", seconds)


def _planned_datasets(current: CurrentInputs, runs: Path) -> tuple[PlannedDataset, ...]:
    records = {record.name: record for record in read_dataset_records(runs)}
    failures = {failed.name: failed.error for failed in read_failed_datasets(runs)}
    return tuple(_planned_dataset(name, records.get(name), failures.get(name), current) for name in current.locations)


def _planned_dataset(
    name: str, record: DatasetRecord | None, failure: str | None, current: CurrentInputs
) -> PlannedDataset:
    facts = current.facts(name)
    if isinstance(facts, str):
        if record is None:
            return PlannedDataset(name, "missing", facts)
        return PlannedDataset(name, "done", f"not compared: {facts}")
    if record is None:
        return PlannedDataset(name, "new", "") if failure is None else PlannedDataset(name, "failed", failure)
    if record.hash != facts.hash:
        return PlannedDataset(name, "stale", f"the data of {name} changed")
    if changes := version_changes(record.versions, statistics_versions(current.locations[name].choice)):
        return PlannedDataset(name, "stale", ", ".join(changes))
    return PlannedDataset(name, "done", "", record.label != (current.locations[name].choice.label or ""))


def _record(path: Path) -> RecordHead | str:
    """The head of the record in a file, or why it is none: one of an earlier version is run again."""
    try:
        return read_head(path)
    except UserError as error:
        return str(error)


def _failure(runs: Path, job: Job) -> FailedCell | None:
    path = runs / FAILURES / f"{job.cell.file_stem}.json"
    return read_failure(path) if path.is_file() else None


def _splits(jobs: Sequence[Job]) -> dict[str, set[tuple[str, int]]]:
    """Per data set, the splits (ratio, seed) that are asked for."""
    splits: dict[str, set[tuple[str, int]]] = {}
    for job in jobs:
        for name in (job.cell.train, job.cell.test):
            splits.setdefault(name, set()).add((job.cell.split, job.cell.seed))
    return splits


def _backbones(jobs: Sequence[Job]) -> dict[str, set[str]]:
    """Per data set of photos, the backbones of the cells that train or test on it; stand-ins are nobody's photos."""
    backbones: dict[str, set[str]] = {}
    for job in jobs:
        for name, choice in ((job.cell.train, job.train), (job.cell.test, job.test)):
            if job.cell.backbone is not None and not choice.data.startswith("mini-"):
                backbones.setdefault(name, set()).add(job.cell.backbone)
    return backbones


class _TimeEstimate:
    """How long a cell takes: as the most alike of those that have records, else as the suite estimates."""

    def __init__(self, records: Sequence[RecordHead]) -> None:
        self.seconds: dict[tuple[str, ...], list[float]] = {}
        for record in records:
            for key in _from_alike(record.cell):
                self.seconds.setdefault(key, []).append(record.seconds)

    def of(self, job: Job) -> float:
        """In seconds."""
        for key in _from_alike(job.cell):
            if key in self.seconds:
                return median(self.seconds[key])
        return job.seconds


def _from_alike(cell: Cell) -> list[tuple[str, ...]]:
    """What cells that take about as long have in common, the most alike first."""
    return [(cell.protocol, cell.method, cell.train, cell.test), (cell.protocol, cell.method)]
