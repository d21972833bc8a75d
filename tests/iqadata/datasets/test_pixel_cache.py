"""Decoded pixels are kept up to a limit, and not asked for twice."""

from __future__ import annotations

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
