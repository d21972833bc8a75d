"""What peers see of an image, computed once for all cells and kept by content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from exiqa.core.files import sha256_file, sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.image_features import extract_features


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
    return extract_features(
        dataset,
        rows,
        extractor,
        lambda images: [extract(image) for image in images],
        VectorCache.named("peer_features"),
    )


def source_version(*files: str) -> str:
    """A version for `extractor` that changes whenever one of these source files (`__file__`) does: 64 hex digits."""
    return sha256_hex(" ".join(sha256_file(Path(file)) for file in files))
