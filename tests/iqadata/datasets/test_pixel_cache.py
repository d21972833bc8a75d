"""Decoded pixels are kept up to a limit, and not asked for twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from exiqa.iqadata.datasets.pixel_cache import PixelCache


def test_the_cache_stops_at_its_limit() -> None:
    asked: list[int] = []

    def load(row: int) -> np.ndarray:
        asked.append(row)
        return np.full((40, 48, 3), row, np.uint8)

    cache = PixelCache(load, limit_bytes=40 * 48 * 3 * 2)
    for row in (0, 1, 2, 0, 1, 2):
        assert (cache(row) == row).all()
    assert asked == [0, 1, 2, 2]


def test_files_are_shared_and_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    asked: list[int] = []

    def load(row: int) -> np.ndarray:
        asked.append(row)
        return np.full((40, 48, 3), row, np.uint8)

    limit = 40 * 48 * 3 * 2
    first, second = (PixelCache(load, limit, folder=tmp_path / "pixels") for _ in range(2))
    for cache in (first, second):
        for row in (1, 0, 2):
            image = cache(row)
            assert (image == row).all() and image.dtype == np.uint8 and image.shape == (40, 48, 3)
    assert asked == [1, 0, 2, 2]  # the third would go beyond the limit
    file = tmp_path / "pixels" / "1.npy"
    for damaged in (b"", file.read_bytes()[:500], b"no array"):
        file.write_bytes(damaged)
        assert (first(1) == 1).all()
        assert (second(1) == 1).all()
    assert asked == [1, 0, 2, 2, 1, 1, 1]
