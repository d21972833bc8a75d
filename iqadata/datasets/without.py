"""A data set as if one of its distortions had never been applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from exiqa.iqadata.datasets.dataset import Dataset, ReferenceLoader
from exiqa.iqadata.datasets.pixel_cache import PixelCache


@dataclass(frozen=True)
class SomeRows:
    """Row number -> (H, W, 3) uint8 sRGB pixels of some rows of another data set. Picklable."""

    load: Callable[[int], np.ndarray]
    rows: np.ndarray

    def __call__(self, row: int) -> np.ndarray:
        return self.load(int(self.rows[row]))


@dataclass(frozen=True)
class SomeRowsWithReferences(SomeRows):
    """Likewise, where the references' pixels are at hand."""

    def reference(self, key: str) -> np.ndarray:
        """As the other data set's."""
        assert isinstance(self.load, ReferenceLoader)
        return self.load.reference(key)


def without_distortion(dataset: Dataset, distortion: str) -> Dataset:
    """The data set without the images that have a distortion, alone or beside others, and without its column.

    Raises:
        ValueError: The data set does not have it.
    """
    column = dataset.distortions.index(distortion)
    rows = np.flatnonzero(dataset.strengths[:, column] == 0)
    loader = SomeRowsWithReferences if dataset.has_references else SomeRows
    load: Callable[[int], np.ndarray] = loader(dataset.load, rows)
    if isinstance(dataset.load, PixelCache) and dataset.load.content:
        # It only passes the name on: the other data set keeps the pixels.
        load = PixelCache(load, limit_bytes=0, content=f"{dataset.load.content} without {distortion}")

    def of_rows(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[rows]

    return replace(
        dataset,
        distortions=tuple(d for d in dataset.distortions if d != distortion),
        table=dataset.table.iloc[rows].reset_index(drop=True),
        strengths=np.delete(dataset.strengths[rows], column, axis=1),
        levels=(*dataset.levels[:column], *dataset.levels[column + 1 :]),
        load=load,
        subsets=of_rows(dataset.subsets),
        rated=of_rows(dataset.rated),
        sides=of_rows(dataset.sides),
        ratings=None if dataset.ratings is None else dataset.ratings.iloc[rows].reset_index(drop=True),
    )
