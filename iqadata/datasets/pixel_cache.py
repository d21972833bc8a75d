"""A dataset's pixels, kept in memory once read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exiqa.iqadata.datasets.dataset import ReferenceLoader

LIMIT_BYTES = 1e9
"""Decoded pixels that a process keeps of a dataset, unless told."""


class PixelCache:
    """Row number -> (H, W, 3) uint8 sRGB pixels, as `Dataset.load`; kept in memory up to a limit once read.

    The references of a `ReferenceLoader` are read anew each time.
    """

    def __init__(self, load: Callable[[int], np.ndarray], limit_bytes: float = LIMIT_BYTES, content: str = "") -> None:
        """
        Args:
            load: A dataset's own `load`.
            limit_bytes: Images that would go beyond it are read anew each time.
            content: Names the pixels of all rows: equal texts, equal pixels; "" where nothing is known of them.
        """
        self.content = content
        self._load = load
        # As an attribute of those alone that have references: `ReferenceLoader` is told by it.
        if isinstance(load, ReferenceLoader):
            self.reference = load.reference
        self._limit_bytes = limit_bytes
        self._images: dict[int, np.ndarray] = {}
        self._bytes = 0

    def __call__(self, row: int) -> np.ndarray:
        if row in self._images:
            return self._images[row]
        image = self._load(row)
        if self._bytes + image.nbytes <= self._limit_bytes:
            self._images[row] = image
            self._bytes += image.nbytes
        return image
