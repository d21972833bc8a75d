"""Point-spread functions: apertures and the paths of a shaken camera."""

from __future__ import annotations

import math

import cv2
import numpy as np


def aperture_kernel(radius: float, blades: int, rotation: float) -> np.ndarray:
    """(2n+1)² float32, summing to 1: the image of a point through an out-of-focus lens.

    `radius` in pixels; `blades` 0 is a disk, 3 or more a regular polygon of that many sides and of the disk's area,
    turned by `rotation` radians. A pixel's weight falls from 1 to 0 within half a pixel on both sides of the border, so
    that a radius of ½ or less is a single pixel.
    """
    # A regular n-gon of inradius a has the area n·a²·tan(π/n).
    inner = radius if blades == 0 else radius * math.sqrt(math.pi / (blades * math.tan(math.pi / blades)))
    outer = radius if blades == 0 else inner / math.cos(math.pi / blades)
    half = max(0, math.ceil(outer - 0.5))
    offsets = np.arange(-half, half + 1, dtype=np.float32)
    y, x = offsets[:, None], offsets
    if blades == 0:
        distance = np.hypot(y, x)
    else:
        angles = rotation + 2 * math.pi * np.arange(blades) / blades
        distance = np.max([x * math.cos(a) + y * math.sin(a) for a in angles], axis=0)
    weights = np.clip(inner + 0.5 - distance, 0, 1)
    return (weights / weights.sum()).astype(np.float32)


def shake_path(rng: np.random.Generator) -> np.ndarray:
    """(256, 2) positions (x, y) of a shaken camera at equal times; their largest distance is 1 and their mean 0.

    The direction of the movement starts anywhere and drifts, its speed varies: both are sums of three slow cosines
    with random amplitudes and phases, amplitude falling as 1/f.
    """
    count, waves = 256, np.arange(1, 4)
    start = rng.uniform(0, 2 * math.pi)
    turns, speeds = rng.standard_normal((2, 3)) / waves
    phases = rng.uniform(0, 2 * math.pi, (2, 3))
    time = np.linspace(0, 1, count)[:, None]
    angle = start + 1.2 * (turns * np.cos(math.pi * waves * time + phases[0])).sum(axis=1)
    speed = np.exp(0.6 * (speeds * np.cos(math.pi * waves * time + phases[1])).sum(axis=1))
    path = np.cumsum(np.stack([speed * np.cos(angle), speed * np.sin(angle)], axis=1), axis=0)
    few = path[::5]
    extent = np.linalg.norm(few[:, None] - few[None], axis=2).max()
    return (path - path.mean(axis=0)) / extent


def path_kernel(path: np.ndarray, length: float) -> np.ndarray:
    """(2n+1)² float32, summing to 1: how long a point's image stays on each pixel.

    path: (N, 2) positions as of `shake_path`; `length` in pixels is what its largest distance becomes. The path is
    traced in steps of at most ½ pixel, each shared among its four nearest pixels.
    """
    points = path * length
    steps = max(1, math.ceil(2 * np.linalg.norm(np.diff(points, axis=0), axis=1).max()))
    fine = np.arange((len(points) - 1) * steps + 1) / steps
    x, y = (np.interp(fine, np.arange(len(points)), points[:, axis]) for axis in (0, 1))
    half = math.ceil(float(np.abs(points).max()))
    side = 2 * half + 3
    kernel = np.zeros(side * side)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = np.abs(1 - dx - (x - left)) * np.abs(1 - dy - (y - top))
        kernel += np.bincount((top + dy + half + 1) * side + left + dx + half + 1, share, side * side)
    return (kernel / kernel.sum()).reshape(side, side).astype(np.float32)


def spread(light: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Replace every point of (H, W) or (H, W, C) float32 by `kernel`; borders are replicated."""
    # OpenCV correlates: the point-spread function is turned over.
    return cv2.filter2D(light, -1, np.ascontiguousarray(kernel[::-1, ::-1]), borderType=cv2.BORDER_REPLICATE)
