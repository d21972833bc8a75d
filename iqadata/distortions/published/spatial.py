"""Spatial distortions: pixels and patches out of place. Lengths are in pixels of a 512×384 image (`scale_of`)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.numerics.warp import cubic_warp
from exiqa.iqadata.distortions.size import scale_of

_PATCH = 16
_BLOCK = 32


def jitter(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Five times over, read every pixel from a place N(0, `amount`) pixels off in x and in y. No change at 0.

    KADID-10k type 19: cubic convolution as in the original, not clipped here, since the generator's stretch to [0, 1]
    follows (`exiqa.iqadata.distortions.registry.distort`).
    """
    if amount <= 0:
        return image.copy()
    amount *= scale_of(image)
    height, width = image.shape[:2]
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    # A fourth channel, since OpenCV reads four faster than three.
    image = cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    for _ in range(5):
        offsets = rng.standard_normal((2, height, width), dtype=np.float32)
        offsets *= np.float32(amount)
        offsets[0] += columns
        offsets[1] += rows
        image = cubic_warp(image, offsets[1], offsets[0])
    return cv2.cvtColor(image, cv2.COLOR_RGBA2RGB)


def non_eccentricity_patch(image: np.ndarray, patches: float, rng: np.random.Generator) -> np.ndarray:
    """Copy `patches` patches of 16×16 pixels, one after the other, to places up to 8 pixels away. No change at 0.

    KADID-10k type 20, TID2013 type 14. The original's places begin one pixel early, and so do these. A patch takes at
    most a third of the image's shorter side.
    """
    height, width = image.shape[:2]
    result = image.copy()
    size = max(1, min(round(_PATCH * scale_of(image)), min(height, width) // 3))
    for fractions in rng.random((int(patches), 4)):
        y, x = (round(size + fractions[i] * max(extent - 3 * size, 0)) - 1 for i, extent in enumerate((height, width)))
        y, x = min(max(y, 0), height - size), min(max(x, 0), width - size)
        to_y, to_x = round(y + (fractions[2] - 0.5) * size), round(x + (fractions[3] - 0.5) * size)
        to_y, to_x = min(max(to_y, 0), height - size), min(max(to_x, 0), width - size)
        result[to_y : to_y + size, to_x : to_x + size] = result[y : y + size, x : x + size].copy()
    return result


def pixelate(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Shrink to 0.95 − `strength`^0.6 of the size and enlarge again, nearest neighbour both ways. 0 leaves it as is.

    KADID-10k type 21. Note the jump: the least strength above 0 already shrinks to 95 %. As MATLAB's, shrinking
    samples at steps of the given scale, not of the whole pixels that are left, so that the picture drifts by up to a
    pixel to the right and down.
    """
    if strength <= 0:
        return image.copy()
    height, width = image.shape[:2]
    scale = 0.95 - strength**0.6
    rows, columns = (_nearest_both_ways(extent, scale) for extent in (height, width))
    return image.take(rows, axis=0).take(columns, axis=1)


def _nearest_both_ways(extent: int, scale: float) -> np.ndarray:
    """(extent,) int: which pixel of an axis each pixel shows after shrinking by `scale` and enlarging again."""
    small = max(1, math.ceil(extent * scale))
    shrunk = np.floor((np.arange(small) + 0.5) / scale).astype(np.intp)
    # Mirrored beyond the border.
    shrunk = np.where(shrunk >= extent, 2 * extent - 1 - shrunk, shrunk)
    return np.clip(shrunk, 0, extent - 1)[np.floor((np.arange(extent) + 0.5) * small / extent).astype(np.intp)]


def color_block(image: np.ndarray, blocks: float, rng: np.random.Generator) -> np.ndarray:
    """Paint `blocks` squares of 32×32 pixels, each of one random colour, at random places. No change at 0.

    KADID-10k type 23. As in the original a square may begin one pixel before the image, where it is cut. Squares take
    at most half of the image's shorter side.
    """
    height, width = image.shape[:2]
    size = max(1, min(round(_BLOCK * scale_of(image)), min(height, width) // 2))
    result = image.copy()
    for draw in rng.random((int(blocks), 5), dtype=np.float32):
        y, x = round(float(draw[0]) * (height - size)) - 1, round(float(draw[1]) * (width - size)) - 1
        result[max(y, 0) : y + size, max(x, 0) : x + size] = draw[2:]
    return result


def local_block(image: np.ndarray, blocks: float, rng: np.random.Generator) -> np.ndarray:
    """Shift the brightness of `blocks` squares of 32×32 pixels by 0.5·blocks^−0.4. No change at 0.

    A square that is bright on average becomes darker, a dark one brighter. TID2013 type 15, "local block-wise
    distortions of different intensity": its quality rises with the level, since fewer blocks, though stronger
    ones, disturb less.
    """
    height, width = image.shape[:2]
    size = max(1, min(round(_BLOCK * scale_of(image)), min(height, width) // 2))
    result = image.copy()
    for draw in rng.random((int(blocks), 2)):
        y, x = int(draw[0] * (height - size + 1)), int(draw[1] * (width - size + 1))
        block = result[y : y + size, x : x + size]
        shift = 0.5 * blocks**-0.4
        block += np.float32(-shift if image[y : y + size, x : x + size].mean() > 0.5 else shift)
    return clip(result)


def sparse_sampling(image: np.ndarray, kept: float, rng: np.random.Generator) -> np.ndarray:
    """Keep a random share `kept` of the pixels and fill in the rest from them. No change at 1.

    TID2013 type 24, whose compressive-sensing reconstruction is replaced by pull-push interpolation: known pixels
    are averaged down a pyramid until nothing is missing, and holes are filled from the coarser image on the way up.
    """
    known = rng.random(image.shape[:2], dtype=np.float32) < kept
    if not known.any():
        known[0, 0] = True
    return clip(_fill(image, known.astype(np.float32)))


def _fill(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """image (H, W, 3), known (H, W) in {0, 1} -> the image with unknown pixels filled in."""
    if known.all():
        return image.copy()
    height, width = known.shape
    half = ((width + 1) // 2, (height + 1) // 2)
    mass = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    values = cv2.resize(image * known[..., None], half, interpolation=cv2.INTER_AREA)
    coarse = values / np.maximum(mass, 1e-6)[..., None]
    filled = _fill(coarse, (mass > 0).astype(np.float32))
    smooth = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(known[..., None] > 0, image, smooth)
