"""What sharing does to a picture: smaller, larger, and saved over and over."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, to_bytes
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg

_SAVES = 3
_KERNELS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def repeated_jpeg(image: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """Save three times as JPEG of libjpeg's `quality`, each time at another size. No change at 100.

    Sizes are drawn from .7 to .95 of the original for a quality of 30 or less, nearer to 1 for a higher one, so that
    the grids of blocks do not fall together; the last one is enlarged to the original size. What messengers and
    social networks do: resize and compress again at each hop.
    """
    shrinkage = rng.uniform(0.05, 0.3, _SAVES)
    if quality >= 100:
        return image.copy()
    scales = 1 - shrinkage * min(1.0, (100 - quality) / 70)
    height, width = image.shape[:2]
    pixels = to_bytes(image)
    for scale in scales:
        size = max(1, round(scale * width)), max(1, round(scale * height))
        smaller = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        pixels = decode(encode_jpeg(pixels, max(1, round(quality))))
    return clip(cv2.resize(from_bytes(pixels), (width, height), interpolation=cv2.INTER_CUBIC))


def upscaling(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Average down to 1/`factor` of the size and enlarge again. No change at 1.

    The kernel of the enlargement is drawn: bilinear, bicubic or Lanczos of eight samples (Keys 1981; Duchon 1979).
    Nearest neighbour, whose squares are another effect, is KADID-10k's `pixelate`.
    """
    kernel = _KERNELS[int(rng.random() * len(_KERNELS))]
    if factor <= 1:
        return image.copy()
    height, width = image.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return clip(cv2.resize(small, (width, height), interpolation=kernel))
