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
    """(len(rows), F) float32: `extract` of the images in `rows`, asked only for those that the cache does not have.

    `extract`: (H, W, 3) uint8 pixels -> (F,) numbers, the same for the same pixels; `extractor` names everything
    else that they depend on (`source_version` of its code, a hash of its weights). Raises what `extract` raises.
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
