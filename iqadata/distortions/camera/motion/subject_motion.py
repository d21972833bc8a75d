"""A subject that moves while the shutter is open."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.fields import coordinates
from exiqa.iqadata.distortions.camera.kernels import spread
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear
from exiqa.iqadata.distortions.numerics.filters import line_kernel


def subject_motion(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Smear one region along a line, in linear light, and leave the rest sharp. No change at 0.

    `length` is a fraction of the image's width. The region is an ellipse about the middle of the image, .4 to .6 of
    the width long and .5 to .8 of that wide, with a soft border; the direction is within 30° of the horizontal. The
    moving layer and its opacity are spread together and laid over the still picture, as an object that moves before a
    background is.
    """
    angle = rng.uniform(-math.pi / 6, math.pi / 6)
    middle = rng.uniform(-0.12, 0.12, 2)
    long = rng.uniform(0.2, 0.3)
    short = long * rng.uniform(0.5, 0.8)
    turn = rng.uniform(0, math.pi)
    height, width = image.shape[:2]
    pixels = length * width
    y, x = coordinates(height, width)
    y, x = y - np.float32(middle[0]), x - np.float32(middle[1])
    along = (x * math.cos(turn) + y * math.sin(turn)) / np.float32(long)
    across = (y * math.cos(turn) - x * math.sin(turn)) / np.float32(short)
    opacity = np.clip((np.float32(1.15) - np.hypot(along, across)) / np.float32(0.3), 0, 1)
    # A picture of a few pixels may have none in the region.
    if pixels <= 0 or not opacity.any():
        return image.copy()
    # A line of n + 1 pixels is n pixels long, between the middles of its ends.
    kernel = line_kernel(pixels + 1, angle)
    place = _box(opacity, len(kernel))
    light, opacity = to_linear(image[place]), opacity[place]
    layer = spread(cv2.merge([light * opacity[..., None], opacity]), kernel)
    result = image.copy()
    result[place] = from_linear(layer[..., :3] + (1 - layer[..., 3:]) * light)
    return result


def _box(opacity: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns where (H, W) `opacity` is not 0, and `margin` pixels around them."""
    rows, columns = (np.flatnonzero((opacity > 0).any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )
