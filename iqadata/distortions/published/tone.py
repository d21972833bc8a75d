"""Tone: brightness, contrast, grey levels, sharpness."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip, from_lab, to_bytes, to_lab
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.numerics.thresholds import multithresh
from exiqa.iqadata.distortions.size import scale_of

ALL_LEVELS = 256.0


def parabola(values: np.ndarray, amount: float) -> np.ndarray:
    """The curve through (0, 0), (½, ½ + `amount`/2) and (1, 1): x + 2·amount·x·(1 − x), clipped to [0, 1]."""
    result = 1 - values
    result *= values
    result *= np.float32(2 * amount)
    result += values
    return clip(result)


def brighten(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Lift the middle tones: ⅔ of the RGB curve and ⅓ of the same curve on L of Lab (see `parabola`). No change at 0.

    KADID-10k type 16.
    """
    if amount == 0:
        return image.copy()
    lab = to_lab(image)
    cv2.insertChannel(parabola(cv2.extractChannel(lab, 0) / 100, amount) * 100, lab, 0)
    return clip(cv2.addWeighted(parabola(image, amount), 2 / 3, from_lab(lab), 1 / 3, 0))


def darken(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Lower the middle tones of RGB by the curve of −`amount` (see `parabola`). No change at 0. KADID-10k type 17."""
    return parabola(image, -amount)


def mean_shift(image: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Add `shift` to all values and clip. No change at 0. KADID-10k type 18 (level 3 is 0), TID2013 type 16.

    At KADID-10k's levels the stretch to [0, 1] follows (`exiqa.iqadata.distortions.registry.distort`): what was
    clipped stays lost, and
    the rest gets its contrast back and more, so that +.15 burns highlights and −.15 blocks shadows.
    """
    return clip(image + np.float32(shift))


def contrast_change(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """An S-shaped curve: more contrast above −0.2, less below. No change at −0.2 (not at 0).

    KADID-10k type 25, TID2013 type 17: the cubic spline (not-a-knot) through (0, 0), (.3, .25 − a/4), (.5, .5),
    (.7, .75 + a/4), (1, 1). By symmetry it is one odd cubic about the middle. Since .25 − a/4 = .3 at a = −0.2,
    KADID's level 3 (a = 0) and level 4 (a = −0.4) are equally far from the original, as their mean opinions say
    (3.42, 3.86, 4.29, 4.14, 3.32 for levels 1 to 5).
    """
    cubic = -(0.25 + 1.25 * amount) / 0.21
    centred = image - np.float32(0.5)
    result = centred**2
    result *= np.float32(cubic)
    result += np.float32(1 - cubic / 4)
    result *= centred
    result += np.float32(0.5)
    return clip(result)


def contrast_decrease(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Scale all values about the image's mean by `factor` in [0, 1]. No change at 1. CSIQ contrast."""
    mean = np.float32(image.mean(dtype=np.float64))
    return clip(image + np.float32(1 - factor) * (mean - image))


def quantization(image: np.ndarray, levels: float, rng: np.random.Generator) -> np.ndarray:
    """Quantise all values with `levels` Otsu thresholds, found over the three channels together. No change at 256.

    KADID-10k type 22, TID2013 type 7. As in the original, a value becomes the threshold above it, 0 below the
    first and 1 above the last. An image of no more values than that stays as it is. The thresholds are those that
    MATLAB's `multithresh` searches for over the image's range (`exiqa.iqadata.distortions.numerics.thresholds`).
    """
    if levels >= ALL_LEVELS:
        return image.copy()
    pixels = to_bytes(image)
    histogram = np.bincount(pixels.reshape(-1), minlength=256)
    if np.count_nonzero(histogram) <= levels + 1:
        return image.copy()
    used = np.flatnonzero(histogram)
    low, high = used[0], used[-1]
    bins = np.bincount(np.rint((used - low) * (255 / (high - low))).astype(int), histogram[used], minlength=256)
    thresholds = low + multithresh(bins, int(levels)) * (high - low) / 255
    values = np.concatenate([[0], thresholds[1:], [255]]) / 255
    table = values[np.searchsorted(thresholds, np.arange(256), side="left")]
    return cv2.LUT(pixels, table.astype(np.float32))


def high_sharpen(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Unsharp masking of L of Lab: L + `amount`·(L − Gaussian(L, σ = 3)). No change at 0.

    KADID-10k type 24; σ in pixels of a 512×384 image (`scale_of`).
    """
    if amount == 0:
        return image.copy()
    lab = to_lab(image)
    light = cv2.extractChannel(lab, 0)
    detail = light - gaussian_filter(light, 3 * scale_of(image))
    detail *= np.float32(amount)
    detail += light
    cv2.insertChannel(detail, lab, 0)
    return from_lab(lab)
