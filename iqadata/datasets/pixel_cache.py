"""A dataset's pixels, kept once read or made: in memory, or as files that processes share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from exiqa.core.files import atomic_path
from exiqa.iqadata.datasets.dataset import ReferenceLoader

LIMIT_BYTES = 1e9
"""Decoded pixels that are kept of a dataset, unless told."""


class PixelCache:
    """Row number -> (H, W, 3) uint8 sRGB pixels, as `Dataset.load`; kept up to a limit once read.

    The references of a `ReferenceLoader` are read anew each time.
    """

    def __init__(
        self,
        load: Callable[[int], np.ndarray],
        limit_bytes: float = LIMIT_BYTES,
        content: str = "",
        folder: Path | None = None,
    ) -> None:
        """
        Args:
            load: A dataset's own `load`.
            limit_bytes: Images that would go beyond it are read anew each time.
            content: Names the pixels of all rows: equal texts, equal pixels; "" where nothing is known of them.
            folder: Where images are kept, and found by all processes that are given the same folder; without one, in
                this process's memory. Good for images that are made, which takes longer than reading a file.
        """
        self.content = content
        self._load = load
        # As an attribute of those alone that have references: `ReferenceLoader` is told by it.
        if isinstance(load, ReferenceLoader):
            self.reference = load.reference
        self._limit_bytes = limit_bytes
        self._folder = folder
        self._images: dict[int, np.ndarray] = {}
        self._bytes = 0

    def __call__(self, row: int) -> np.ndarray:
        return self._from_memory(row) if self._folder is None else self._from_file(row, self._folder)

    def _from_memory(self, row: int) -> np.ndarray:
        if row in self._images:
            return self._images[row]
        image = self._load(row)
        if self._bytes + image.nbytes <= self._limit_bytes:
            self._images[row] = image
            self._bytes += image.nbytes
        return image

    def _from_file(self, row: int, folder: Path) -> np.ndarray:
        # Read, and not mapped: mapped pages would count as a process's memory.
        path = folder / f"{row}.npy"
        try:
            return np.asarray(np.load(path, allow_pickle=False))
        except (OSError, EOFError, ValueError):
            pass  # not there yet, or damaged
        image = self._load(row)
        # By its number, so that processes agree on what is within the limit without asking each other.
        if (row + 1) * image.nbytes <= self._limit_bytes:
            with atomic_path(path) as temporary:
                np.save(temporary, image)
        return image
