"""The statistics of a data set, counted in the data set itself: its row of Table I."""

from __future__ import annotations

from collections.abc import Mapping

from exiqa.bench.cells.dataset_record import DatasetRecord, Statistics
from exiqa.bench.cells.provenance import git_commit, package_versions, peak_memory_mib, this_machine
from exiqa.iqadata.datasets.dataset import Dataset


def statistics_of(dataset: Dataset) -> Statistics:
    """Counts and ranges of a data set. Reads the first image of each reference, for its size in pixels."""
    table = dataset.table
    present = (dataset.strengths > 0).sum(axis=1)
    raw = table["raw_score"].to_numpy()
    info = dataset.score_info
    sizes = [dataset.load(int(row)).shape for row in table.reset_index().groupby("reference")["index"].first()]
    levels = [len(grid) for grid in dataset.levels] or [0]
    return Statistics(
        images=len(dataset),
        references=len(dataset.references),
        distortions=len(dataset.distortions),
        levels=(min(levels), max(levels)),
        distortions_per_image=(int(present.min()), int(present.max())),
        height=(min(size[0] for size in sizes), max(size[0] for size in sizes)),
        width=(min(size[1] for size in sizes), max(size[1] for size in sizes)),
        score_name=info.name if info else None,
        score_low=float(raw.min()) if info else None,
        score_high=float(raw.max()) if info else None,
        higher_is_better=info.raw_direction == "higher is better" if info else None,
    )


def dataset_record(
    dataset: Dataset, statistics: Statistics, seconds: float, versions: Mapping[str, int]
) -> DatasetRecord:
    """A data set's statistics with all that they were counted with; `versions` as `statistics_versions` gives them."""
    return DatasetRecord(
        name=dataset.name,
        statistics=statistics,
        score_is_proxy=bool(dataset.score_info and dataset.score_info.proxy),
        notes=dataset.notes,
        hash=dataset.hash,
        versions=dict(versions),
        commit=git_commit(),
        packages=package_versions(),
        machine=this_machine(),
        seconds=seconds,
        peak_memory_mib=peak_memory_mib(),
    )
