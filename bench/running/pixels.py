"""A data set's pixels, read once by each process."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.datasets.dataset import Dataset

KEPT_BYTES = 1_000_000_000
"""Decoded pixels that a process keeps of each data set."""


class KeptPixels:
    """Row number -> (H, W, 3) uint8 pixels, kept in memory up to a limit once read."""

    def __init__(self, dataset: Dataset, content: str) -> None:
        """`content` names the pixels of all rows: equal texts, equal pixels."""
        self.content = content
        self._load = dataset.load
        self._images: dict[int, np.ndarray] = {}
        self._bytes = 0

    def __call__(self, row: int) -> np.ndarray:
        if row in self._images:
            return self._images[row]
        image = self._load(row)
        if self._bytes + image.nbytes <= KEPT_BYTES:
            self._images[row] = image
            self._bytes += image.nbytes
        return image
