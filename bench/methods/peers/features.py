"""What peers see of an image, computed once for all cells and kept by content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from exiqa.core.files import sha256_file, sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset

CHUNK = 64
"""Images between two writes to the cache: what an interruption costs at most."""


def cached_features(
    dataset: Dataset, rows: np.ndarray, extractor: str, extract: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Features of images, extracted only from those that the cache does not have.

    Args:
        dataset: The images.
        rows: (N,) row numbers in `dataset`.
        extractor: Names everything that the features depend on besides the pixels: `source_version` of the code, a
            hash of the weights.
        extract: (H, W, 3) uint8 pixels to (F,) numbers, the same for the same pixels.

    Returns:
        (N, F) float32.

    Raises:
        Exception: What `extract` raises.
    """
    cache = VectorCache.named("peer_features")
    parts: list[np.ndarray] = []
    for start in range(0, len(rows), CHUNK):
        images = [dataset.load(int(row)) for row in rows[start : start + CHUNK]]
        keys = [sha256_hex(f"{extractor} {image.shape} {sha256_hex(image.tobytes())}") for image in images]
        cached = cache.get(keys)
        fresh: dict[str, np.ndarray] = {}
        for key, image in zip(keys, images, strict=True):
            if key not in cached and key not in fresh:
                fresh[key] = np.asarray(extract(image), dtype=np.float32)
        if fresh:
            cache.put(fresh)
        parts.append(np.stack([cached[key] if key in cached else fresh[key] for key in keys]))
    return np.concatenate(parts)


def source_version(*files: str) -> str:
    """A version for `extractor` that changes whenever one of these source files (`__file__`) does: 64 hex digits."""
    return sha256_hex(" ".join(sha256_file(Path(file)) for file in files))
