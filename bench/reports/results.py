"""The outcomes in a folder of records that are shown: a suite's records and failures, and those of its ablations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exiqa.bench.ablation.ablation import Ablation, ablation_only_cells, read_ablations
from exiqa.bench.ablation.table import NOT_RUN
from exiqa.bench.cells.dataset_record import (
    DatasetRecord,
    FailedDataset,
    read_dataset_records,
    read_failed_datasets,
)
from exiqa.bench.cells.record import Cell, FailedCell, Record, read_failures, read_records

if TYPE_CHECKING:
    from exiqa.bench.running.planning.plan import Plan
    from exiqa.bench.running.suites.suite import Job


@dataclass(frozen=True)
class RunResults:
    """What a run has given, as far as it is shown."""

    folder: Path
    """The folder that the run wrote its records to."""
    records: tuple[Record, ...]
    """Those of the paper's tables and of the ablations, by file name."""
    failures: tuple[FailedCell, ...]
    """The cells that gave no record: those of the paper's tables, then those that only an ablation has."""
    waiting: tuple[FailedCell, ...]
    """The cells of the suite that is shown which nobody has run yet."""
    ablations: tuple[Ablation, ...]
    datasets: tuple[DatasetRecord, ...]
    """The statistics of the data sets, by file name."""
    uncounted: tuple[FailedDataset, ...]
    """The data sets that could not be counted."""
    table_cells: frozenset[Cell]
    """The cells that the paper's tables show. What only an ablation has run is in its own tables and plots."""

    @property
    def table_records(self) -> list[Record]:
        """The records of the paper's tables."""
        return [record for record in self.records if record.cell in self.table_cells]

    @property
    def table_failures(self) -> list[FailedCell]:
        """The failures of the paper's tables."""
        return [failure for failure in self.failures if failure.cell in self.table_cells]


def read_results(folder: Path, plan: Plan | None = None) -> RunResults:
    """The results in a folder of records.

    Args:
        folder: The folder that a run wrote its records to.
        plan: Of the suite that is shown: only its cells are, with the reason for each that cannot run here, and of
            the ablations those that have one of its cells as a setting. None shows all that the folder holds.

    Raises:
        UserError: The folder holds no records, or a file in it is damaged.
    """
    records, failures, ablations = read_records(folder), read_failures(folder), read_ablations(folder)
    datasets, uncounted = read_dataset_records(folder), read_failed_datasets(folder)
    cannot_run: list[FailedCell] = []
    waiting: list[FailedCell] = []
    if plan is None:
        table_cells = {record.cell for record in records} | {failure.cell for failure in failures}
        table_cells -= ablation_only_cells(ablations)
    else:
        table_cells = {planned.job.cell for planned in plan.cells}
        ablations = tuple(a for a in ablations if not table_cells.isdisjoint(a.cells_of_settings))
        failed_cells = {failure.cell for failure in failures}
        # To the tables, a cell that cannot run is a cell without a figure, for the reason given.
        cannot_run = [
            _without_record(planned.job, planned.why)
            for planned in plan.cells
            if planned.state == "missing" and planned.job.cell not in failed_cells
        ]
        waiting = [_without_record(planned.job, NOT_RUN) for planned in plan.cells if planned.state == "new"]
        names = {dataset.name for dataset in plan.datasets}
        datasets = [dataset for dataset in datasets if dataset.name in names]
        uncounted = [failed for failed in uncounted if failed.name in names] + [
            FailedDataset(
                name=dataset.name,
                label=plan.locations[dataset.name].choice.label or "",
                error=dataset.why,
                kind="missing",
                seconds=0,
            )
            for dataset in plan.datasets
            if dataset.state == "missing"
        ]
    ablation_cells = frozenset(cell for ablation in ablations for cell in ablation.cells)
    shown = table_cells | ablation_cells
    return RunResults(
        folder=folder,
        records=tuple(record for record in records if record.cell in shown),
        failures=(
            *(failure for failure in failures if failure.cell in table_cells),
            *cannot_run,
            *(failure for failure in failures if failure.cell in ablation_cells - table_cells),
        ),
        waiting=tuple(waiting),
        ablations=ablations,
        datasets=tuple(datasets),
        uncounted=tuple(uncounted),
        table_cells=frozenset(table_cells),
    )


def _without_record(job: Job, why: str) -> FailedCell:
    return FailedCell(cell=job.cell, labels=job.labels, error=why, kind="missing", seconds=0)
