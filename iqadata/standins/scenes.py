"""Procedural scenes whose statistics resemble natural images: the dead-leaves model, with shading and texture.

Leaves of random shape fall on one another until they cover the picture. With radii drawn from a density
proportional to r^-3 the result has edges, occlusion and a power spectrum near 1/f^2, as photos have
(A. B. Lee, D. Mumford, J. Huang, "Occlusion models for natural images", IJCV 41, 2001).
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import fft

STANDIN_SEEDS = 10_000
"""Scenes of stand-in datasets have seeds from here up; whoever trains on scenes takes seeds below."""

_TILE = 256
_TEXTURES = 5
_SUBPIXEL = 4
"""Bits of sub-pixel position in OpenCV's polygon drawing."""

_GROUNDS = np.array(
    [
        [0.45, 0.62, 0.86],  # sky
        [0.80, 0.82, 0.84],  # haze, walls
        [0.22, 0.35, 0.14],  # foliage
        [0.46, 0.53, 0.20],  # grass
        [0.44, 0.32, 0.22],  # earth, bark
        [0.76, 0.66, 0.50],  # sand, stone
        [0.78, 0.56, 0.44],  # skin, brick
        [0.60, 0.16, 0.12],  # red paint, fruit
        [0.84, 0.66, 0.16],  # yellow paint, flowers
        [0.12, 0.16, 0.26],  # shade, water
        [0.30, 0.42, 0.56],  # slate, cloth
        [0.90, 0.88, 0.84],  # white paint, snow
    ],
    np.float32,
)


def scene(seed: int, height: int = 384, width: int = 512) -> np.ndarray:
    """One procedural scene: (height, width, 3) uint8 sRGB, a pure function of its arguments.

    Sizes scale with the picture, so a small scene is not a crop of a large one. About 0.1 s at 512x384 on one
    core.

    Raises:
        ValueError: `seed` is negative or a side is shorter than 16 pixels.
    """
    if seed < 0 or min(height, width) < 16:
        raise ValueError(f"a scene needs seed >= 0 and sides of at least 16 pixels, not {seed}, {height}x{width}")
    rng = np.random.default_rng([seed, height, width])
    textures = _textures(rng)
    palette = _palette(rng)
    light = rng.uniform(0, 2 * np.pi)
    canvas = _background(rng, palette, textures, height, width)
    short = min(height, width)
    for radius in _radii(rng, int(rng.integers(12, 40)), short / 10, short / 1.6):
        place = rng.uniform((-0.1 * width, -0.1 * height), (1.1 * width, 1.1 * height))
        _drop_leaf(canvas, rng, radius, place, _shade(rng, palette, 0.2), textures, light)
    # Small leaves come in clumps of one material (foliage, pebbles, petals), a few of them strewn about.
    for _ in range(int(rng.integers(8, 26))):
        middle, spread = rng.uniform((0, 0), (width, height)), rng.uniform(0.05, 0.22) * short
        material = _shade(rng, palette, 0.2)
        for radius in _radii(rng, int(rng.integers(6, 36)), max(1.5, short / 96), short / 8):
            colour = material * rng.lognormal(0, 0.22) if rng.random() < 0.85 else _shade(rng, palette, 0.3)
            _drop_leaf(canvas, rng, radius, rng.normal(middle, spread), colour, textures, light)
    canvas *= _illumination(rng, height, width)[..., None]
    canvas = cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.4, 0.6)))  # a lens never resolves one pixel
    return np.rint(np.clip(canvas, 0, 1) * 255).astype(np.uint8)


def _radii(rng: np.random.Generator, count: int, smallest: float, largest: float) -> list[float]:
    """`count` radii of density proportional to r^-3 between two bounds, largest first (as things lie behind
    smaller ones more often than not), by inverting the distribution function."""
    radii = (smallest**-2 - rng.random(count) * (smallest**-2 - largest**-2)) ** -0.5
    return sorted(radii.tolist(), reverse=True)


def _shade(rng: np.random.Generator, palette: np.ndarray, spread: float) -> np.ndarray:
    """(3,) one colour of the palette, lighter or darker by a lognormal factor."""
    return palette[rng.integers(len(palette))] * rng.lognormal(0, spread) + rng.normal(0, 0.02, 3)


def _textures(rng: np.random.Generator) -> np.ndarray:
    """(_TEXTURES, _TILE, _TILE) float32 periodic fields, zero mean, unit spread: 1/f^b noise, round and oriented."""
    frequency_y = np.fft.fftfreq(_TILE).astype(np.float32)[:, None]
    frequency_x = np.fft.rfftfreq(_TILE).astype(np.float32)[None, :]
    fields = np.empty((_TEXTURES, _TILE, _TILE), np.float32)
    for field in fields:
        angle, stretch = rng.uniform(0, np.pi), rng.choice([1.0, 1.0, 2.0, 5.0])
        along = frequency_x * np.cos(angle) + frequency_y * np.sin(angle)
        across = frequency_y * np.cos(angle) - frequency_x * np.sin(angle)
        radius = np.hypot(along, across * stretch)
        radius[0, 0] = np.inf
        spectrum = fft.rfft2(rng.standard_normal((_TILE, _TILE), np.float32)) * radius ** -rng.uniform(0.7, 1.5)
        field[:] = fft.irfft2(spectrum, s=(_TILE, _TILE))
        field /= field.std()
    return fields


def _palette(rng: np.random.Generator) -> np.ndarray:
    """(n, 3) float32 colours of one scene: a few grounds, tinted by one light."""
    chosen = rng.choice(len(_GROUNDS), size=int(rng.integers(4, 9)), replace=False)
    warmth = rng.normal(0, 0.05)
    tint = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    colours = _GROUNDS[chosen] * tint * rng.uniform(0.6, 1.1)
    grey = colours.mean(axis=1, keepdims=True)
    return (grey + (colours - grey) * rng.uniform(0.5, 1.1)).astype(np.float32)


def _background(
    rng: np.random.Generator, palette: np.ndarray, textures: np.ndarray, height: int, width: int
) -> np.ndarray:
    top, bottom = palette[rng.integers(len(palette), size=2)]
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    canvas = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (height, width, 3)).copy()
    field = cv2.resize(textures[0], (width, height), interpolation=cv2.INTER_CUBIC)
    canvas *= 1 + float(rng.uniform(0.02, 0.12)) * field[..., None]
    return canvas


def _illumination(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(height, width) float32 gain around 1: one slow gradient over the whole picture."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    return (1 + depth * (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)).astype(np.float32)


def _outline(rng: np.random.Generator, radius: float) -> np.ndarray:
    """(n, 2) float32 points around the origin: an ellipse, a polygon with straight sides, or a wavy blob."""
    stretch = rng.uniform(0.35, 1.0)
    kind = rng.integers(3)
    if kind == 0:
        angles, reach = np.linspace(0, 2 * np.pi, 40, endpoint=False), np.ones(40)
    elif kind == 1:
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
        reach = np.ones(len(angles))
    else:
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        reach = np.ones(48)
        for frequency in (2, 3, 5):
            reach += rng.normal(0, 0.5 / frequency) * np.cos(frequency * angles + rng.uniform(0, 2 * np.pi))
        reach = np.clip(reach, 0.3, 1.5)
    turn = rng.uniform(0, 2 * np.pi)
    x, y = radius * reach * np.cos(angles), radius * reach * np.sin(angles) * stretch
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)


def _drop_leaf(
    canvas: np.ndarray,
    rng: np.random.Generator,
    radius: float,
    centre: np.ndarray,
    colour: np.ndarray,
    textures: np.ndarray,
    light: float,
) -> None:
    """Paint one leaf with its soft shadow into `canvas` (H, W, 3), in place and inside its bounding box only."""
    height, width = canvas.shape[:2]
    points = _outline(rng, radius) + centre
    shading, shading_angle = rng.uniform(0, 0.45), rng.uniform(0, 2 * np.pi)
    relief, texture = rng.uniform(0, 0.22) ** 1.5 * 2, textures[rng.integers(len(textures))]
    offset_y, offset_x = rng.integers(_TILE, size=2)
    defocus = rng.uniform(0.8, 3.0) * radius / 40 if rng.random() < 0.15 else 0.0
    casts_shadow, depth = radius > 5 and rng.random() < 0.5, rng.uniform(0.2, 0.6)

    reach = 0.3 * radius if casts_shadow else 0.0
    margin = int(np.ceil(reach + 3 * defocus)) + 2
    left, top = np.floor(points.min(axis=0)).astype(int) - margin
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + margin
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        return
    box = canvas[top:bottom, left:right]
    local = points - (left, top)
    if casts_shadow:
        away = 0.18 * radius * np.array([np.cos(light), np.sin(light)])
        shadow = cv2.blur(_mask(local + away, box.shape), (2 * int(0.1 * radius) + 3,) * 2)
        box *= (1 - depth * shadow)[..., None]
    mask = _mask(local, box.shape)
    if defocus > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), defocus)
    y = (np.arange(top, bottom, dtype=np.float32) - np.float32(centre[1])) / np.float32(radius)
    x = (np.arange(left, right, dtype=np.float32) - np.float32(centre[0])) / np.float32(radius)
    gain = np.float32(shading * np.sin(shading_angle)) * y[:, None]
    gain = gain + np.float32(1) + np.float32(shading * np.cos(shading_angle)) * x[None, :]
    rows = (np.arange(bottom - top) + offset_y) % _TILE
    columns = (np.arange(right - left) + offset_x) % _TILE
    gain += np.float32(relief) * texture[rows[:, None], columns[None, :]]
    leaf = gain[..., None] * colour.astype(np.float32)
    leaf -= box
    leaf *= mask[..., None]
    box += leaf


def _mask(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Coverage in [0, 1] of a filled outline over `shape`'s first two sides, with smooth edges: float32."""
    drawn = np.zeros(shape[:2], np.uint8)
    fixed = np.rint(points * (1 << _SUBPIXEL)).astype(np.int32)
    cv2.fillPoly(drawn, [fixed], 255, lineType=cv2.LINE_AA, shift=_SUBPIXEL)
    return drawn.astype(np.float32) / np.float32(255)
