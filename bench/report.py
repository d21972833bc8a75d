"""A report as data: what every renderer prints, and the provenance section made from records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.explorer import ExplorerImage, read_explorer
from bench.figures import AblationPlot, Figures, figures_of
from bench.paper_tables import paper_tables
from bench.photo import PhotoCard
from bench.record import Record, read_failures
from bench.table import Table
from bench.trace import Trace, trace_of
from bench.verdict import Verdict, verdicts


@dataclass(frozen=True)
class Phrase:
    """A phrase that an LLM offered, and what became of it."""

    text: str
    kept: bool
    reason: str
    """Why it was refused, or what it was kept as."""


@dataclass(frozen=True)
class Generation:
    """The attribute generation for one distortion."""

    distortion: str
    explanation: str
    """What the LLM was told."""
    model: str
    outcome: str
    """One sentence: what came of it."""
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Step:
    """One step of the run."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Fact:
    """One line of the provenance section."""

    label: str
    value: str


@dataclass(frozen=True)
class Missing:
    """Something that was to be run and has no record."""

    what: str
    """Data set, method and protocol."""
    why: str
    cells: int
    """How many cells that is."""


@dataclass(frozen=True)
class Report:
    """Everything a page says. An empty section is left out."""

    title: str
    summary: tuple[str, ...]
    """Sentences; the first stands out."""
    verdicts: tuple[Verdict, ...]
    tables: tuple[Table, ...]
    plots: tuple[AblationPlot, ...] = ()
    figures: Figures = field(default_factory=Figures)
    explorer: tuple[ExplorerImage, ...] = ()
    photos: tuple[PhotoCard, ...] = ()
    generation: tuple[Generation, ...] = ()
    steps: tuple[Step, ...] = ()
    provenance: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    trace: Trace = field(default_factory=Trace)
    """Where the figures' links lead; the default gives them none."""
    footnotes: tuple[str, ...] = ()


def report_of(records: Sequence[Record], title: str, folder: Path) -> Report:
    """The report that a folder of records gives, `records` being what `folder` holds.

    Raises UserError where the predictions of a record that is drawn are missing or changed.
    """
    return Report(
        title,
        (),
        verdicts(records),
        paper_tables(records, read_failures(folder)),
        figures=figures_of(records, folder),
        explorer=read_explorer(folder),
        provenance=provenance_of(records),
        trace=trace_of(records),
    )


def provenance_of(records: Sequence[Record]) -> tuple[Fact, ...]:
    """The provenance that records carry: banks, data, splits, seeds, code, versions, machine, time, memory."""
    banks = {f"{r.cell.bank}: {r.hashes.bank}" for r in records if r.cell.bank}
    datasets = {f"{r.cell.test}: {r.hashes.dataset}" for r in records}
    splits = {(r.cell.test, r.cell.split, r.cell.seed, r.hashes.split) for r in records if r.hashes.split}
    packages = {f"{name} {version}" for r in records for name, version in r.packages.items()}
    machines = {
        f"{m.cpu}, {m.cores} cores"
        + (f", {m.memory_gib:g} GiB" if m.memory_gib else "")
        + f", {m.accelerator or 'no accelerator'}, {m.system}, Python {m.python}"
        for m in (r.machine for r in records)
    }
    peaks = [r.peak_memory_mib for r in records if r.peak_memory_mib is not None]
    facts = [
        *(Fact("Bank (SHA-256)", bank) for bank in sorted(banks)),
        *(Fact("Data set (SHA-256)", dataset) for dataset in sorted(datasets)),
        *(Fact(f"Split (SHA-256) of {t}, {ratio}, seed {seed}", sha) for t, ratio, seed, sha in sorted(splits)),
        *(Fact("Code", commit) for commit in sorted({r.commit or "no checkout" for r in records})),
        *(Fact("Machine", machine) for machine in sorted(machines)),
        *([Fact("Versions", ", ".join(sorted(packages)))] if packages else []),
        *([Fact("Cells", f"{len(records)}, {sum(r.seconds for r in records):.1f} s together")] if records else []),
        *([Fact("Peak memory", f"{max(peaks)} MiB")] if peaks else []),
    ]
    return tuple(facts)
