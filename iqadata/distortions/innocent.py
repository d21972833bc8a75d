"""Innocent processing: what every photo on the network has been through and nobody calls a fault.

A crop, a gentle tone curve, a smaller size, mild sharpening and a good JPEG, in the order in which an app does them.
It changes pixels and no label: a model that takes these traces for distortions sees faults in every photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, to_bytes
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg

_KERNELS = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}


@dataclass(frozen=True)
class InnocentProcessing:
    """What is done to a photo, in this order. The defaults do nothing but the saving."""

    crop: float = 1.0
    """Height and width that are kept, as a share of the photo's, in [.8, 1]."""
    crop_y: float = 0.0
    crop_x: float = 0.0
    """Where the crop lies between the upper and the lower, the left and the right border, in [0, 1]."""
    gamma: float = 1.0
    """The power that all values are raised to, in [.9, 1.1]."""
    contrast: float = 0.0
    """c of the curve x + c·x·(1 − x)·(2x − 1), an S-curve above 0, in [−.15, .3]."""
    scale: float = 1.0
    """Height and width after resizing, as a share of the crop's, in [.5, 1]."""
    kernel: str = "area"
    """What resizes: "area", "linear" or "cubic", the latter two after a Gaussian that keeps them from aliasing."""
    sharpening: float = 0.0
    """Amount of an unsharp mask with a Gaussian of .8 pixels, in [0, .4]."""
    quality: int = 98
    """libjpeg's quality of the file, 75 to 98, with colour at half resolution."""


def draw_innocent(rng: np.random.Generator) -> InnocentProcessing:
    """Draw a processing: a crop, a tone curve and a sharpening for every other photo each, a resizing for two in three.

    Every photo is saved as JPEG. All are independent and uniform within the ranges of `InnocentProcessing`.
    """
    cropped, toned, resized, sharpened = rng.random(4) < (0.5, 0.5, 2 / 3, 0.5)
    crop, scale = float(rng.uniform(0.8, 1)), float(rng.uniform(0.5, 1))
    place_y, place_x = map(float, rng.random(2))
    gamma, contrast = float(rng.uniform(0.9, 1.1)), float(rng.uniform(-0.15, 0.3))
    sharpening = float(rng.uniform(0, 0.4))
    kernel = list(_KERNELS)[int(rng.integers(len(_KERNELS)))]
    return InnocentProcessing(
        crop=crop if cropped else 1.0,
        crop_y=place_y if cropped else 0.0,
        crop_x=place_x if cropped else 0.0,
        gamma=gamma if toned else 1.0,
        contrast=contrast if toned else 0.0,
        scale=scale if resized else 1.0,
        kernel=kernel,
        sharpening=sharpening if sharpened else 0.0,
        quality=int(rng.integers(75, 99)),
    )


def process(photo: np.ndarray, processing: InnocentProcessing) -> np.ndarray:
    """The photo after a processing, a new array.

    Args:
        photo: (H, W, 3) sRGB uint8.
        processing: What is done.

    Returns:
        (h, w, 3) uint8 with h = round(round(H·crop)·scale) ≥ 1, w likewise.
    """
    height, width = photo.shape[:2]
    rows, columns = (max(1, round(extent * processing.crop)) for extent in (height, width))
    top, left = round((height - rows) * processing.crop_y), round((width - columns) * processing.crop_x)
    image = from_bytes(photo[top : top + rows, left : left + columns])
    image = np.power(image, np.float32(processing.gamma))
    image = image + np.float32(processing.contrast) * image * (1 - image) * (2 * image - 1)
    image = _resized(image, processing)
    image += np.float32(processing.sharpening) * (image - gaussian_filter(image, 0.8))
    return decode(encode_jpeg(to_bytes(clip(image)), processing.quality))


def innocent(photo: np.ndarray, seed: int) -> tuple[np.ndarray, InnocentProcessing]:
    """Draw a processing by `seed` (any integer ≥ 0) and apply it: the photo as in `process`, and what was drawn."""
    processing = draw_innocent(np.random.default_rng(seed))
    return process(photo, processing), processing


def _resized(image: np.ndarray, processing: InnocentProcessing) -> np.ndarray:
    rows, columns = (max(1, round(extent * processing.scale)) for extent in image.shape[:2])
    if (rows, columns) == image.shape[:2]:
        return image
    if processing.kernel != "area":
        # Takes away most of the frequencies that the small picture has no room for.
        image = gaussian_filter(image, (1 / processing.scale - 1) / 2)
    return cv2.resize(image, (columns, rows), interpolation=_KERNELS[processing.kernel])
