"""What peers see of an image, computed once for all cells and kept by content."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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
        extractor: Names everything that the features depend on besides the pixels: the version of the
            method, a hash of the weights.
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
