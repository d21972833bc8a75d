"""Features for the regressor: P(a|I) of a dataset's images, extracted once and kept by content."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets import image_features
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact


def extract_features(
    artifact: Artifact,
    dataset: Dataset,
    rows: np.ndarray,
    on_image: Callable[[int], None] | None = None,
) -> np.ndarray:
    """(len(rows), A) float32: P(a|I) of the images in `rows`, cached by artifact hash and pixels.

    `on_image` is called with the number of images done. Interrupted, it goes on from the cache.
    """
    features = image_features.extract_features(
        dataset,
        rows,
        artifact.hash,
        lambda images: artifact.predict(images).attributes,
        VectorCache.named("features"),
        on_image,
    )
    return features.reshape(len(rows), len(artifact.bank.attributes))
