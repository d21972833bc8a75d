"""Feature vectors of a dataset's images, extracted once and kept by the images' content."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from exiqa.core.files import sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset

CHUNK = 64
"""Images between two writes to the cache: what an interruption costs at most."""


def extract_features(
    dataset: Dataset,
    rows: np.ndarray,
    extractor: str,
    extract: Callable[[list[np.ndarray]], Sequence[np.ndarray] | np.ndarray],
    cache: VectorCache,
    on_image: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Features of the images in `rows`, computed where the cache does not have them; interrupted, it goes on there.

    Args:
        dataset: Whose images.
        rows: (n,) row numbers; a row may come twice.
        extractor: Names everything besides the pixels that the features depend on.
        extract: At most `CHUNK` images, (H, W, 3) uint8 sRGB each -> F numbers for each. Where their last bits depend
            on which images it is given together, so do those of the features.
        cache: Where the features are kept.
        on_image: Called with the number of images done.

    Returns:
        (n, F) float32; (0, 0) without rows.
    """

    def of_chunk(chunk: np.ndarray) -> list[np.ndarray]:
        images = [dataset.load(int(row)) for row in chunk]
        keys = [sha256_hex(f"{extractor} {image.shape} {sha256_hex(image.tobytes())}") for image in images]
        return cache.get_or_compute(keys, lambda missing: extract([images[place] for place in missing]))

    features: list[np.ndarray] = []
    for start in range(0, len(rows), CHUNK):
        features += of_chunk(rows[start : start + CHUNK])
        if on_image:
            on_image(len(features))
    return np.stack(features) if features else np.empty((0, 0), np.float32)
