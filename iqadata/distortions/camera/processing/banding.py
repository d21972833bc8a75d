"""Gradients that are stored with too few tones."""

from __future__ import annotations

import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter

_SMOOTH = 1 / 200
_TEXTURE = 0.02


def banding(image: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """Round smooth areas to multiples of `step` (sRGB values in [0, 1]), each channel by itself. No change at 0.

    What is rounded is a Gaussian mean S (1/200 of the width), as after noise reduction and a coarse codec: the borders
    between the tones are clean lines. Q(S) − S, Q the rounding, is added with the share 1/(1 + (t/.02)²), t the local
    difference of the picture from S, so that texture hides the steps. After the mechanism in Tu et al. 2020 (BBAND).
    """
    if step <= 0:
        return image.copy()
    sigma = _SMOOTH * image.shape[1]
    smooth = gaussian_filter(image, sigma)
    texture = gaussian_filter(np.max(np.abs(image - smooth), axis=2), sigma)
    share = 1 / (1 + (texture / np.float32(_TEXTURE)) ** 2)
    rounded = np.rint(smooth / np.float32(step)) * np.float32(step)
    return clip(image + share[..., None] * (rounded - smooth))
