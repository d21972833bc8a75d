"""A report as data: what every renderer prints, and the provenance section made from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from exiqa.bench.ablation.plots import ablation_plots
from exiqa.bench.ablation.table import ablation_tables
from exiqa.bench.cells.dataset_record import DatasetRecord
from exiqa.bench.cells.record import FailedCell, Record, read_records
from exiqa.bench.explorer.explorer import ExplorerImage, read_explorer
from exiqa.bench.explorer.photo_card import PhotoCard
from exiqa.bench.figures.line_plot import LinePlot
from exiqa.bench.reports.plots import Plots, plots_of
from exiqa.bench.reports.results import RunResults
from exiqa.bench.reports.trace import Trace, compared, run_title, trace_of
from exiqa.bench.tables.compare import compare_runs
from exiqa.bench.tables.one_split import one_split_tables
from exiqa.bench.tables.paper.published_verdict import published_verdict_table
from exiqa.bench.tables.paper_tables import paper_tables
from exiqa.bench.tables.parts.shared_settings import note_shared_settings
from exiqa.bench.tables.parts.table import Table
from exiqa.bench.tables.prior_verdict import PriorVerdict, prior_verdicts
from exiqa.bench.tables.settings import deviations_table, settings_table


@dataclass(frozen=True)
class GeneratedPhrase:
    """A phrase that an LLM offered, and what became of it."""

    text: str
    kept: bool
    reason: str
    """Why it was refused, or what it was kept as."""


@dataclass(frozen=True)
class GenerationSection:
    """The attribute generation for one distortion."""

    distortion: str
    explanation: str
    """What the LLM was told."""
    model: str
    outcome: str
    """One sentence: what came of it."""
    phrases: tuple[GeneratedPhrase, ...]


@dataclass(frozen=True)
class TimedStep:
    """One step of the run."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Fact:
    """One line of the provenance section."""

    label: str
    value: str


@dataclass(frozen=True)
class MissingCells:
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
    verdicts: tuple[PriorVerdict, ...]
    tables: tuple[Table, ...]
    ablation_plots: tuple[LinePlot, ...] = ()
    plots: Plots = field(default_factory=Plots)
    explorer: tuple[ExplorerImage, ...] = ()
    photos: tuple[PhotoCard, ...] = ()
    generation: tuple[GenerationSection, ...] = ()
    steps: tuple[TimedStep, ...] = ()
    provenance: tuple[Fact, ...] = ()
    missing: tuple[MissingCells, ...] = ()
    trace: Trace = field(default_factory=Trace)
    """Where the figures' links lead; the default gives them none."""
    footnotes: tuple[str, ...] = ()


def report_of(results: RunResults, title: str | None = None, compare: Path | None = None) -> Report:
    """The report of the results of a run, and of the ablations among them.

    What an ablation alone has run is in its own tables and plots, and not in the paper's.

    Args:
        results: What the run gave (`exiqa.bench.reports.results.read_results`): of a suite the reasons of the cells
            without a record are listed.
        title: The report's; None takes that of the suite whose records they are.
        compare: A folder of other records that these are set beside.

    Raises:
        UserError: `compare` holds no records, or the predictions of a record that is drawn are missing or changed.
    """
    folder, records, ablations = results.folder, results.table_records, results.ablations
    published = published_verdict_table(records)
    other = read_records(compare) if compare else []
    suites = {record.labels.suite for record in results.records}
    return Report(
        title or (suites.pop() if len(suites) == 1 else "") or "Benchmark report",
        (),
        prior_verdicts(records),
        (
            *paper_tables(records, results.table_failures, results.datasets, results.uncounted),
            *map(note_shared_settings, one_split_tables(records, folder)),
            *([published] if published.groups else []),
            *(table for a in ablations for table in ablation_tables(a, results.records, results.failures)),
            *(compared_tables(results.records, folder, other, compare) if compare else []),
            *(table for make in (settings_table, deviations_table) if (table := make(results.records)).groups),
        ),
        tuple(plot for ablation in ablations for plot in ablation_plots(ablation, results.records)),
        plots=plots_of(records, folder),
        explorer=read_explorer(folder),
        missing=_missing((*results.failures, *results.waiting)),
        provenance=provenance_of(results.records, results.datasets),
        trace=trace_of(results.records, other, results.datasets),
    )


def compared_tables(records: Sequence[Record], folder: Path, other: Sequence[Record], compare: Path) -> Iterator[Table]:
    """The tables of `exiqa.bench.tables.compare`, in which the figures of `other`, the base, lead to that run's own
    records."""
    names = (compare.name, folder.name) if compare.name != folder.name else (str(compare), str(folder))
    for table in compare_runs(other, records, names):
        groups = []
        for group in table.groups:
            base, compared_row, gain = group.rows
            base = replace(base, entries=tuple(replace(e, cells=compared(e.cells)) for e in base.entries))
            entries = (
                replace(lead, cells=(*first.cells, *second.cells))
                for lead, first, second in zip(gain.entries, base.entries, compared_row.entries, strict=True)
            )
            groups.append(replace(group, rows=(base, compared_row, replace(gain, entries=tuple(entries)))))
        yield replace(table, groups=tuple(groups))


def _missing(failures: Iterable[FailedCell]) -> tuple[MissingCells, ...]:
    cells = Counter((run_title(cell), cell.error) for cell in failures)
    return tuple(MissingCells(what, why, count) for (what, why), count in cells.items())


def provenance_of(records: Sequence[Record], statistics: Sequence[DatasetRecord] = ()) -> tuple[Fact, ...]:
    """The provenance that records and the statistics of data sets carry.

    Banks, data, splits, seeds, code, versions, machine, time, memory.
    """
    banks = {f"{r.cell.bank}: {r.hashes.bank}" for r in records if r.cell.bank}
    datasets = {f"{r.cell.test}: {r.hashes.dataset}" for r in records} | {f"{s.name}: {s.hash}" for s in statistics}
    splits = {(r.cell.test, r.cell.split, r.cell.seed, r.hashes.split) for r in records}
    packages = {f"{name} {version}" for r in records for name, version in r.packages.items()}
    machines = {
        f"{m.cpu}, {m.cores} cores"
        + (f", {m.memory_gib:g} GiB" if m.memory_gib else "")
        + f", {m.accelerator or 'no accelerator'}, {m.system}, Python {m.python}"
        for m in (r.machine for r in records)
    }
    peaks = [r.peak_memory_mib for r in records if r.peak_memory_mib is not None]
    by_set: dict[tuple[str, str], list[str]] = {}
    for test, ratio, seed, sha in sorted(splits):
        by_set.setdefault((test, ratio), []).append(f"seed {seed}: {sha}")
    facts = [
        *(Fact("Code", commit) for commit in sorted({r.commit or "no checkout" for r in records})),
        *(Fact("Machine", machine) for machine in sorted(machines)),
        *([Fact("Versions", ", ".join(sorted(packages)))] if packages else []),
        *([Fact("Cells", f"{len(records)}, {sum(r.seconds for r in records):.1f} s together")] if records else []),
        *([Fact("Peak memory", f"{max(peaks)} MiB")] if peaks else []),
        *(Fact("Bank (SHA-256)", bank) for bank in sorted(banks)),
        *(Fact("Data set (SHA-256)", dataset) for dataset in sorted(datasets)),
        *(Fact(f"Splits (SHA-256) of {test}, {ratio}", ", ".join(shas)) for (test, ratio), shas in by_set.items()),
    ]
    return tuple(facts)
