"""Photos of one data set that nearly repeat each other, and a split that puts two such on different sides.

Photos as people take them come in series: the same scene, a moment later. Where one of them trains and the other tests,
a model that has learned the scene by heart looks as if it had learned quality.
"""

from __future__ import annotations

import numpy as np

from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.image_features import extract_features
from exiqa.iqadata.datasets.splits import Split

SIDE = 16
"""Pixels a side of the grey thumbnails that are compared."""
CORRELATION = 0.95
"""Thumbnails that correlate more than this are near-duplicates."""
FLAT = 1.0
"""Grey levels: a thumbnail that deviates less, on average, shows nothing that could be recognised."""
_VERSION = 1


def thumbnail(photo: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 sRGB -> (256,) float32 of mean 0 and norm 1: the photo's 16 × 16 grey thumbnail; 0 if flat."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(photo), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small -= small.mean()
    norm = float(np.linalg.norm(small))
    return small / norm if norm > FLAT * SIDE else np.zeros_like(small)


def thumbnails(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """(N, 256) float32 `thumbnail` of the images in `rows`, kept in the user's cache by the pixels' content."""
    return extract_features(
        dataset,
        rows,
        f"thumbnail {_VERSION}",
        lambda images: [thumbnail(image) for image in images],
        VectorCache.named("thumbnails"),
    )


def near_duplicates(dataset: Dataset, split: Split) -> np.ndarray:
    """The test images of a split that nearly repeat an image of its training side.

    Args:
        dataset: Each image of which is a photo by itself, not made from a reference.
        split: Of that data set. What validates is no training.

    Returns:
        Row numbers in `dataset`, ascending.

    Raises:
        UserError: An image cannot be read.
    """
    train, _, test = split.rows(dataset)
    correlation = thumbnails(dataset, test) @ thumbnails(dataset, train).T
    return test[(correlation > CORRELATION).any(axis=1)]
