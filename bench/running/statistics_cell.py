"""Table I's row of a data set: what it has, counted in the data set itself."""

from __future__ import annotations

import pandas as pd

from exiqa.bench.cells.record import Statistics
from exiqa.iqadata.datasets.dataset import Dataset


def statistics(dataset: Dataset) -> Statistics:
    """Counts and ranges of a data set. Reads the first image of each reference, for its size in pixels."""
    table = dataset.table
    present = (dataset.strengths > 0).sum(axis=1)
    raw = table["raw_score"].to_numpy()
    info = dataset.score_info
    sizes = [dataset.load(int(row)).shape for row in table.reset_index().groupby("reference")["index"].first()]
    levels = [len(grid) for grid in dataset.levels]
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


def counts(dataset: Dataset) -> pd.DataFrame:
    """A row per distortion: distortion, images that have it, levels, and the mean score of those images."""
    scores = dataset.scores
    present = dataset.strengths > 0
    rows = [
        (d, int(present[:, n].sum()), len(dataset.levels[n]), float(scores[present[:, n]].mean()))
        for n, d in enumerate(dataset.distortions)
    ]
    return pd.DataFrame(rows, columns=["distortion", "images", "levels", "mean_score"])
