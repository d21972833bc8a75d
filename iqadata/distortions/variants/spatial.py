"""Other implementations of KADID-10k's spatial distortions (types 19 to 21 and 23)."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.variants.spec import Variant

_PATCH, _BLOCK = 1 / 32, 1 / 16
"""Sides of patches and blocks as fractions of the width: 16 and 32 pixels of 512."""


def _coordinates(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = image.shape[:2]
    return np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]


def scatter(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Replace each pixel by one at most 1.7·`amount` pixels off in x and y, uniformly, to the nearest. 0: no change."""
    rows, columns = _coordinates(image)
    offsets = rng.uniform(-1.7 * amount, 1.7 * amount, (2, *image.shape[:2])).astype(np.float32)
    return cv2.remap(image, columns + offsets[0], rows + offsets[1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)


def frosted_glass(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Read each pixel from a place N(0, 2·`amount`) pixels off, offsets in grains of 2×2 pixels. No change at 0."""
    if amount <= 0:
        return image.copy()
    rows, columns = _coordinates(image)
    height, width = image.shape[:2]
    grains = rng.standard_normal((height // 2 + 1, width // 2 + 1, 2), dtype=np.float32)
    offsets = cv2.resize(grains, (width, height), interpolation=cv2.INTER_NEAREST) * np.float32(2 * amount)
    places = columns + offsets[..., 0], rows + offsets[..., 1]
    return cv2.remap(image, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _copied(image: np.ndarray, patches: float, rng: np.random.Generator, *, blended: bool, wide: bool) -> np.ndarray:
    """Copy patches to places up to half their size away, the last in part where `patches` is no whole number."""
    height, width = image.shape[:2]
    result = image.copy()
    side = max(1.0, min(_PATCH * width, height / 3))
    for number, (fy, fx, dy, dx, shape) in enumerate(rng.random((int(np.ceil(patches)), 5))):
        aspect = 2.0 ** (2 * shape - 1) if wide else 1.0
        rows, columns = (
            min(extent, max(1, round(s))) for s, extent in ((side / aspect, height), (side * aspect, width))
        )
        y, x = round(fy * (height - rows)), round(fx * (width - columns))
        to_y = min(max(round(y + (dy - 0.5) * rows), 0), height - rows)
        to_x = min(max(round(x + (dx - 0.5) * columns), 0), width - columns)
        opacity = np.full((rows, columns, 1), min(1.0, patches - number), np.float32)
        if blended:
            opacity *= (np.hanning(rows + 2)[1:-1, None] * np.hanning(columns + 2)[1:-1])[..., None] ** 0.25
        place = result[to_y : to_y + rows, to_x : to_x + columns]
        place += opacity * (result[y : y + rows, x : x + columns] - place)
    return clip(result)


def blended_patches(image: np.ndarray, patches: float, rng: np.random.Generator) -> np.ndarray:
    """Copy `patches` patches of 1/32 of the width to near places, faded in at their borders. No change at 0."""
    return _copied(image, patches, rng, blended=True, wide=False)


def oblong_patches(image: np.ndarray, patches: float, rng: np.random.Generator) -> np.ndarray:
    """Copy `patches` rectangles, the sides 1/64 to 1/16 of the width, to near places. No change at 0."""
    return _copied(image, patches, rng, blended=False, wide=True)


def averaged_blocks(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Average down to 1/`factor` of the size and enlarge by nearest neighbour. No change at 1."""
    if factor <= 1:
        return image.copy()
    height, width = image.shape[:2]
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


def hexagons(image: np.ndarray, spacing: float, rng: np.random.Generator) -> np.ndarray:
    """Give every pixel the mean of its hexagonal cell, cells `spacing` pixels apart. No change at 0.

    Cells are the pixels nearest to one point of two interleaved rectangular lattices, of `spacing` by √3·`spacing`.
    A spacing below 1 leaves every pixel its own cell.
    """
    if spacing <= 0:
        return image.copy()
    rows, columns = _coordinates(image)
    height, width = image.shape[:2]
    tall = np.float32(3**0.5 * spacing)
    y, x = rows / tall, columns / np.float32(spacing)
    first, second = (np.rint(y), np.rint(x)), (np.floor(y) + np.float32(0.5), np.floor(x) + np.float32(0.5))

    def distance(lattice: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return 3 * (y - lattice[0]) ** 2 + (x - lattice[1]) ** 2

    nearer = distance(second) < distance(first)
    # Lattice points lie at whole and half numbers: twice a number is whole.
    across = 2 * (int(np.ceil(width / spacing)) + 2)
    cell = 2 * np.where(nearer, second[0], first[0]) * across + 2 * np.where(nearer, second[1], first[1])
    _, cell = np.unique(cell.ravel(), return_inverse=True)
    count = np.bincount(cell)
    means = np.stack([np.bincount(cell, plane.ravel()) / count for plane in cv2.split(image)], axis=1)
    return means[cell].reshape(height, width, 3).astype(np.float32)


def color_disks(image: np.ndarray, disks: float, rng: np.random.Generator) -> np.ndarray:
    """Paint `disks` disks of one random colour each, 1/16 of the width across. No change at 0."""
    rows, columns = _coordinates(image)
    height, width = image.shape[:2]
    radius = _BLOCK * width / 2
    result = image.copy()
    for number, draw in enumerate(rng.random((int(np.ceil(disks)), 5), dtype=np.float32)):
        distance = np.hypot(rows - draw[0] * height, columns - draw[1] * width)
        opacity = np.clip(radius + 0.5 - distance, 0, 1) * np.float32(min(1.0, disks - number))
        result += opacity[..., None] * (draw[2:] - result)
    return clip(result)


def gray_strips(image: np.ndarray, strips: float, rng: np.random.Generator) -> np.ndarray:
    """Cover `strips` upright or level strips of 1/8 by 1/32 of the width with one random grey each. No change at 0."""
    height, width = image.shape[:2]
    result = image.copy()
    for number, (fy, fx, turn, gray) in enumerate(rng.random((int(np.ceil(strips)), 4), dtype=np.float32)):
        long, short = max(1, round(2 * _BLOCK * width)), max(1, round(_BLOCK * width / 2))
        rows, columns = (long, short) if turn < 0.5 else (short, long)
        y, x = round(float(fy) * max(0, height - rows)), round(float(fx) * max(0, width - columns))
        place = result[y : y + rows, x : x + columns]
        place += np.float32(min(1.0, strips - number)) * (gray - place)
    return clip(result)


VARIANTS = (
    Variant("jitter", "scatter", scatter, "reach in pixels ÷ 1.7", 0, 8, "uniform, nearest pixel"),
    Variant("jitter", "frosted_glass", frosted_glass, "σ in pixels ÷ 2", 0, 8, "grains of two pixels"),
    Variant("non_eccentricity_patch", "blended_patches", blended_patches, "patches", 0, 2000, "soft borders"),
    Variant("non_eccentricity_patch", "oblong_patches", oblong_patches, "patches", 0, 2000, "oblong patches"),
    Variant("pixelate", "averaged_blocks", averaged_blocks, "factor", 1, 40, "block means"),
    Variant("pixelate", "hexagons", hexagons, "spacing in pixels", 0, 40, "hexagonal cells"),
    Variant("color_block", "color_disks", color_disks, "disks", 0, 60, "disks"),
    Variant("color_block", "gray_strips", gray_strips, "strips", 0, 60, "grey strips"),
)
