"""The way back from a printed figure to the records that it was taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exiqa.bench.cells.dataset_record import DatasetRecord
from exiqa.bench.cells.provenance import Machine
from exiqa.bench.cells.record import Outcome, Record
from exiqa.bench.cells.variants import all_but_seed
from exiqa.bench.cells.words import labelled_datasets, settings_in_words


@dataclass(frozen=True)
class Seed:
    """One record of a run."""

    seed: int | None
    """None for the statistics of a data set."""
    cell: str
    """The cell's id (of statistics the record's), at the end of its record's file name."""
    seconds: float


@dataclass(frozen=True)
class Run:
    """The records that differ in nothing but their seed: what one figure is a median over."""

    number: int
    """From 1, in the order of the records."""
    title: str
    """Protocol, data set and method, in words."""
    settings: str
    """Bank, K, backbone and all else that the cell says; "" where the method has none."""
    dataset: str
    """SHA-256, likewise the bank."""
    bank: str | None
    commit: str | None
    machine: int
    """Its number (from 1) in `Trace.machines`."""
    seeds: tuple[Seed, ...]


@dataclass(frozen=True)
class Trace:
    """All runs of a report, and where a figure's link leads."""

    runs: tuple[Run, ...] = ()
    machines: tuple[str, ...] = ()
    _run_of: Mapping[str, int] = field(default_factory=dict)
    """Cell id -> number of its run."""

    def runs_of(self, cells: Iterable[str]) -> tuple[int, ...]:
        """Numbers, ascending, of the runs that these cells' records belong to; a cell without a record has none."""
        return tuple(sorted({self._run_of[cell] for cell in cells if cell in self._run_of}))


_COMPARED = "compared/"
"""Before the ids of the cells of the run that another is compared with: the two may have the same cells."""


def compared(cells: Iterable[str]) -> tuple[str, ...]:
    """Ids of cells, as those of the run that is compared with."""
    return tuple(_COMPARED + cell for cell in cells)


def run_title(outcome: Outcome) -> str:
    """Protocol, data set and method: "quality, kadid10k → csiq: ExIQA (ours)"."""
    return f"{outcome.cell.protocol.replace('_', '-')}, {labelled_datasets(outcome)}: {outcome.method_label}"


def in_ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as one writes them: "1, 3–5"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("–".join(map(str, part)) for part in parts)


def trace_of(
    records: Iterable[Record], other: Iterable[Record] = (), statistics: Iterable[DatasetRecord] = ()
) -> Trace:
    """The runs of records, in order of first appearance, then those of statistics; another commit or another machine
    makes another run.

    Args:
        records: What the report is about.
        other: The records of the run that is compared with (see `compared`).
        statistics: Of the data sets.
    """
    groups: dict[tuple[str, tuple[object, ...], str | None, str], list[Record]] = {}
    for prefix, record in (*(("", record) for record in records), *((_COMPARED, record) for record in other)):
        alike = (prefix, all_but_seed(record.cell), record.commit, _machine(record.machine))
        groups.setdefault(alike, []).append(record)
    runs, run_of = [], {}
    machines: dict[str, int] = {}
    for number, ((prefix, *_), group) in enumerate(groups.items(), start=1):
        machine = machines.setdefault(_machine(group[0].machine), len(machines) + 1)
        runs.append(_run(number, group, "compared with: " if prefix else "", machine))
        run_of.update({prefix + record.cell.id: number for record in group})
    for dataset in statistics:
        machine = machines.setdefault(_machine(dataset.machine), len(machines) + 1)
        runs.append(_run_of_statistics(len(runs) + 1, dataset, machine))
        run_of[dataset.id] = len(runs)
    return Trace(tuple(runs), tuple(machines), run_of)


def _machine(machine: Machine) -> str:
    return f"{machine.cpu}, {machine.cores} cores, {machine.accelerator or 'no accelerator'}"


def _run(number: int, group: Sequence[Record], prefix: str, machine: int) -> Run:
    first = group[0]
    return Run(
        number=number,
        title=prefix + run_title(first),
        settings=f"split {first.cell.split}, {settings_in_words(first.cell)}",
        dataset=first.hashes.dataset,
        bank=first.hashes.bank,
        commit=first.commit,
        machine=machine,
        seeds=tuple(
            Seed(r.cell.seed, r.cell.id, r.seconds) for r in sorted(group, key=lambda record: record.cell.seed)
        ),
    )


def _run_of_statistics(number: int, dataset: DatasetRecord, machine: int) -> Run:
    return Run(
        number=number,
        title=f"statistics, {dataset.name}",
        settings="",
        dataset=dataset.hash,
        bank=None,
        commit=dataset.commit,
        machine=machine,
        seeds=(Seed(None, dataset.id, dataset.seconds),),
    )
