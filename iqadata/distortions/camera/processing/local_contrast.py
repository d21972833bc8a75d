"""Tone mapping: local contrast taken away, and driven until it draws halos."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.light import weighted
from exiqa.iqadata.distortions.numerics.colorspace import clip

_SCALE = 1 / 25
"""Standard deviation of the local mean, as a fraction of the width."""


def low_local_contrast(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Take away a `share` of the luma's distance from its local mean: Y − s·(Y − M). No change at 0, `share` ≤ 1.

    The local mean is a Gaussian of 1/25 of the width. What is light or dark over a large area stays so; all within
    it draws together. A "clarity" slider far to the left.
    """
    return _scaled(image, -share, 0.0)


def excessive_local_contrast(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Add `amount` times the luma's distance from its local mean, and pull the local means together. No change at 0.

    Y + a·(Y − M) − c·(M − ½) with c = .5·a/(1 + a). The base layer is not kept from crossing edges, as in
    the simplest operators, so that halos of 1/25 of the width grow beside them. Tumblin, Turk 1999 on such halos.
    """
    return _scaled(image, amount, 0.5 * amount / (1 + amount))


def _scaled(image: np.ndarray, detail: float, compression: float) -> np.ndarray:
    if detail == 0:
        return image.copy()
    luma = weighted(image)
    mean = _local_mean(luma)
    change = np.float32(detail) * (luma - mean) - np.float32(compression) * (mean - np.float32(0.5))
    return clip(image + change[..., None])


def _local_mean(luma: np.ndarray) -> np.ndarray:
    """The Gaussian mean, computed on a picture of at most 256 pixels across: nothing as fine as that is left."""
    height, width = luma.shape
    factor = max(1.0, width / 256)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (0, 0), max(_SCALE * size[0], 1e-3), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
