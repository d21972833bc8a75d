"""Features for the regressor: P(a|I) of a dataset's images, extracted once and kept by content."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exiqa.core.files import sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact

CHUNK = 64


def extract_features(
    artifact: Artifact,
    dataset: Dataset,
    rows: np.ndarray,
    on_image: Callable[[int], None] | None = None,
) -> np.ndarray:
    """(len(rows), A) float32: P(a|I) of the images in `rows`, cached by artifact hash and pixels.

    `on_image` is called with the number of images done. Interrupted, it goes on from the cache.
    """
    cache = VectorCache.named("features")
    parts: list[np.ndarray] = []
    for start in range(0, len(rows), CHUNK):
        images = [dataset.load(int(row)) for row in rows[start : start + CHUNK]]
        keys = [sha256_hex(f"{artifact.hash} {image.shape} {sha256_hex(image.tobytes())}") for image in images]
        known = cache.get(keys)
        missing = {key: image for key, image in zip(keys, images, strict=True) if key not in known}
        if missing:
            fresh = dict(zip(missing, artifact.predict(missing.values()).attributes, strict=True))
            cache.put(fresh)
            known = {**known, **fresh}
        parts.append(np.stack([known[key] for key in keys]))
        if on_image:
            on_image(min(start + CHUNK, len(rows)))
    return np.concatenate(parts) if parts else np.empty((0, len(artifact.bank.attributes)), np.float32)
