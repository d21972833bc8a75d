"""What a suite's cells are waiting for: which are done, stale, failed or missing, why, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, Literal

from exiqa.bank.storage.store import load_bank
from exiqa.bench.ablation.ablation import arms_alone, read_ablations
from exiqa.bench.cells.dataset_record import read_dataset_records, read_failed_datasets
from exiqa.bench.cells.protocol import PROTOCOLS
from exiqa.bench.cells.record import FAILURES, Cell, FailedCell, Record, read_failure, read_record, record_files
from exiqa.bench.cells.sources import sources_hash, statistics_sources_hash
from exiqa.bench.methods.registry import METHODS
from exiqa.bench.running.opened import DatasetFacts, Place, facts_of, places
from exiqa.bench.running.suite import Job, datasets_of
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

    @property
    def waits(self) -> bool:
        """It would run now."""
        return self.state in WAITING


@dataclass(frozen=True)
class PlannedDataset:
    """The statistics of a data set as they stand."""

    name: str
    state: State
    why: str
    """Why they are stale, failed or missing; "" else."""

    @property
    def waits(self) -> bool:
        """They would be counted now."""
        return self.state in WAITING


@dataclass(frozen=True)
class Plan:
    """All cells of a suite, in its order, and the data sets that these need."""

    cells: tuple[PlannedCell, ...]
    datasets: tuple[PlannedDataset, ...]
    places: Mapping[str, Place]
    strangers: tuple[str, ...]
    """Record files in the folder that are of no cell of the suite, nor of an ablation: of other settings, or of another
    suite."""

    @property
    def waiting(self) -> tuple[PlannedCell, ...]:
        """The cells that would run."""
        return tuple(cell for cell in self.cells if cell.waits)

    @property
    def is_idle(self) -> bool:
        """Nothing would run."""
        return not self.waiting and not any(dataset.waits for dataset in self.datasets)

    @property
    def seconds(self) -> float:
        """An estimate of the time of what would run, one cell after the other."""
        return sum(cell.seconds for cell in self.waiting)

    def count(self, state: State) -> int:
        """How many cells are in a state."""
        return sum(cell.state == state for cell in self.cells)


def make_plan(jobs: Sequence[Job], runs: Path, folders: Mapping[str, Path], bank_store: Path | None = None) -> Plan:
    """Hold the records in `runs` against what their cells depend on now.

    `folders`: where the user's data sets are, by their names in the suite. `bank_store`: where banks that are not
    shipped are looked for (`exiqa.bank.storage.store.load_bank`). Opens a data set only where it, or the code that
    reads it, has changed since it was last looked at. Raises UserError for a folder of a data set that no job needs.
    """
    known = places(datasets_of(jobs), folders)
    now = _Now(known, bank_store, _splits(jobs))
    files = {file.stem for file in record_files(runs)}
    records = {stem: _record(runs / f"{stem}.json") for job in jobs if (stem := job.cell.file_stem) in files}
    strange = sorted(files - {job.cell.file_stem for job in jobs})
    # What ran with other settings took about as long: worth reading only where something is to run.
    others = [_record(runs / f"{stem}.json") for stem in strange] if len(records) < len(jobs) else []
    guess = _Guess([record for record in (*records.values(), *others) if isinstance(record, Record)])
    cells = tuple(_planned(job, runs, records.get(job.cell.file_stem), now, guess) for job in jobs)
    arms = {cell.file_stem for cell in arms_alone(read_ablations(runs))}
    return Plan(cells, _planned_datasets(now, runs), known, tuple(stem for stem in strange if stem not in arms))


def _planned(job: Job, runs: Path, record: Record | str | None, now: _Now, guess: _Guess) -> PlannedCell:
    seconds = record.seconds if isinstance(record, Record) else guess.of(job)
    if why := now.why_missing(job):
        if isinstance(record, Record):
            # Nothing says that what is not at hand has changed.
            return PlannedCell(job, "done", f"not compared: {why}", seconds)
        return PlannedCell(job, "missing", why, seconds)
    why = record if isinstance(record, str) else ""
    if isinstance(record, Record):
        changed = [what for what, same in now.compare(job, record).items() if not same]
        if not (runs / f"{job.cell.file_stem}.parquet").is_file():
            changed.append("its predictions are gone")
        if not changed:
            return PlannedCell(job, "done", "", seconds)
        why = ", ".join(changed)
    if needs := now.needs(job.cell.method):
        return PlannedCell(job, "missing", needs, seconds)
    if why:
        return PlannedCell(job, "stale", why, seconds)
    failed = _failure(runs, job)
    return PlannedCell(job, "failed", failed.error, seconds) if failed else PlannedCell(job, "new", "", seconds)


def _planned_datasets(now: _Now, runs: Path) -> tuple[PlannedDataset, ...]:
    records = {record.name: record for record in read_dataset_records(runs)}
    failures = {failed.name: failed.error for failed in read_failed_datasets(runs)}
    planned = []
    for name in now.places:
        facts, record = now.facts(name), records.get(name)
        if isinstance(facts, str):
            planned.append(PlannedDataset(name, "done", f"not compared: {facts}") if record
                           else PlannedDataset(name, "missing", facts))  # fmt: skip
        elif record is None:
            planned.append(PlannedDataset(name, "failed" if name in failures else "new", failures.get(name, "")))
        elif record.hash != facts.hash:
            planned.append(PlannedDataset(name, "stale", f"the data of {name} changed"))
        elif record.sources != statistics_sources_hash():
            planned.append(PlannedDataset(name, "stale", "the sources changed"))
        else:
            planned.append(PlannedDataset(name, "done", ""))
    return tuple(planned)


def _record(path: Path) -> Record | str:
    """The record in a file, or why it is none: one of an earlier version is run again."""
    try:
        return read_record(path)
    except UserError as error:
        return str(error)


def _failure(runs: Path, job: Job) -> FailedCell | None:
    path = runs / FAILURES / f"{job.cell.file_stem}.json"
    return read_failure(path) if path.is_file() else None


def _splits(jobs: Sequence[Job]) -> dict[str, set[tuple[str, int]]]:
    """Per data set, the splits (ratio, seed) that are asked for."""
    wanted: dict[str, set[tuple[str, int]]] = {}
    for job in jobs:
        for name in (job.cell.train, job.cell.test):
            wanted.setdefault(name, set()).add((job.cell.split, job.cell.seed))
    return wanted


@dataclass
class _Now:
    """What cells depend on, as it is now; each thing looked up once."""

    places: Mapping[str, Place]
    bank_store: Path | None
    splits: Mapping[str, set[tuple[str, int]]]
    _facts: dict[str, DatasetFacts | str] = field(default_factory=dict)
    _banks: dict[str, Any] = field(default_factory=dict)
    _needs: dict[str, str] = field(default_factory=dict)

    def why_missing(self, job: Job) -> str:
        """Why a cell has not all data and banks here; "" where it has."""
        for name in dict.fromkeys((job.cell.train, job.cell.test)):
            facts = self.facts(name)
            if isinstance(facts, str):
                return facts
        for spec in dict.fromkeys((job.train_bank, job.bank)):
            if spec is not None and isinstance(found := self.bank(spec), str):
                return found
        regressor = PROTOCOLS[job.cell.protocol].regressor
        fitted_to = job.cell.train if regressor == "train" else job.cell.test
        for name in dict.fromkeys((fitted_to, job.cell.test)) if regressor else ():
            facts = self.facts(name)
            if not isinstance(facts, str) and not facts.has_scores:
                return f"{name} has no quality scores"
        return ""

    def compare(self, job: Job, record: Record) -> dict[str, bool]:
        """What the record depends on, in words, and whether it is as it was."""
        cell, hashes = job.cell, record.hashes
        test, train = self.facts(cell.test), self.facts(cell.train)
        assert isinstance(test, DatasetFacts) and isinstance(train, DatasetFacts)
        split = f"{cell.split} {cell.seed}"
        same = {f"the data of {cell.test} changed": hashes.dataset == test.hash}
        same[f"the split of {cell.test} changed"] = hashes.split == test.splits[split]
        if job.bank is not None:
            same[f"the bank {job.bank} changed"] = hashes.bank == self.bank(job.bank).hash
        if cell.is_across:
            same[f"the data of {cell.train} changed"] = hashes.train_dataset == train.hash
            same[f"the split of {cell.train} changed"] = hashes.train_split == train.splits[split]
            if job.train_bank is not None:
                same[f"the bank {job.train_bank} changed"] = hashes.train_bank == self.bank(job.train_bank).hash
        same["the sources changed"] = record.sources == sources_hash(cell.method)
        return same

    def facts(self, name: str) -> DatasetFacts | str:
        """The facts of a data set, or why there are none."""
        if name not in self._facts:
            place = self.places[name]
            try:
                found: DatasetFacts | str = facts_of(place, sorted(self.splits[name]))
            except (UserError, OSError) as error:
                found = str(error)
            self._facts[name] = found
        return self._facts[name]

    def bank(self, spec: str) -> Any:
        """The bank of a spec, or why there is none."""
        if spec not in self._banks:
            try:
                self._banks[spec] = load_bank(spec, self.bank_store)
            except UserError as error:
                self._banks[spec] = str(error)
        return self._banks[spec]

    def needs(self, method: str) -> str:
        """What a method lacks here, in words; "" where it lacks nothing."""
        if method not in self._needs:
            module, _, function = METHODS[method].needs.partition(":")
            lacking = getattr(import_module(module), function)() if module else None
            self._needs[method] = f"needs {lacking}" if lacking else ""
        return self._needs[method]


class _Guess:
    """How long a cell takes: as the most alike of those that have records, else as the suite guesses."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.seconds: dict[tuple[str, ...], list[float]] = {}
        for record in records:
            for key in self._keys(record.cell):
                self.seconds.setdefault(key, []).append(record.seconds)

    def of(self, job: Job) -> float:
        """In seconds."""
        for key in self._keys(job.cell):
            if key in self.seconds:
                return median(self.seconds[key])
        return job.seconds

    @staticmethod
    def _keys(cell: Cell) -> list[tuple[str, ...]]:
        return [(cell.protocol, cell.method, cell.train, cell.test), (cell.protocol, cell.method)]
