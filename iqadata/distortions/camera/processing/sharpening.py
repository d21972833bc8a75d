"""Sharpening beyond what a picture bears."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.camera.light import weighted
from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter

_FINE, _WIDE = 1 / 500, 1 / 160


def oversharpening(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Unsharp masking of the luma at two scales: Y + `amount`·(Y − ½·G(Y, fine) − ½·G(Y, wide)). No change at 0.

    The Gaussians' standard deviations are 1/500 and 1/160 of the width: the fine one brings out grain, the wide one
    draws halos. All channels change by what the luma changes. Polesel, Ramponi, Mathews 2000 describe the filter.
    """
    if amount <= 0:
        return image.copy()
    luma = weighted(image)
    width = image.shape[1]
    smooth = (gaussian_filter(luma, _FINE * width) + gaussian_filter(luma, _WIDE * width)) / 2
    return clip(image + np.float32(amount) * (luma - smooth)[..., None])
