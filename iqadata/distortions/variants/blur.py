"""Other implementations of KADID-10k's blurs (types 1 to 3)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.kernels import aperture_kernel, path_kernel, shake_path, spread
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear
from exiqa.iqadata.distortions.numerics.colorspace import clip
from exiqa.iqadata.distortions.numerics.filters import line_kernel
from exiqa.iqadata.distortions.variants.spec import Variant


def linear_gaussian(image: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """A Gaussian of `sigma` pixels in linear light, cut at 4σ. No change at 0."""
    if sigma <= 0:
        return image.copy()
    side = 2 * math.ceil(4 * sigma) + 1
    light = cv2.GaussianBlur(to_linear(image), (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return from_linear(light)


def three_boxes(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Three running means of 2·`radius` + 1 pixels, a piecewise quadratic bell (Wells 1986). No change at 0.

    For a fractional radius the two outermost pixels have a share of the weight.
    """
    if radius <= 0:
        return image.copy()
    half = math.ceil(radius)
    taps = np.ones(2 * half + 1, np.float32)
    taps[[0, -1]] = radius - half + 1
    taps /= taps.sum()
    for _ in range(3):
        image = cv2.sepFilter2D(image, -1, taps, taps, borderType=cv2.BORDER_REPLICATE)
    return clip(image)


def hexagon(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a six-bladed aperture of the area of a disk of `radius` pixels, turned at random. 0: no change."""
    kernel = aperture_kernel(max(radius, 0.0), 6, rng.uniform(0, math.pi / 3))
    return clip(spread(image, kernel))


def linear_disk(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a disk of `radius` pixels in linear light, as a lens does. No change at 0."""
    if radius <= 0:
        return image.copy()
    return from_linear(spread(to_linear(image), aperture_kernel(radius, 0, 0.0)))


def ring(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Convolve with a ring, the inner half of the disk's radius dark: a mirror lens out of focus. No change at 0."""
    if radius <= 0:
        return image.copy()
    outer = aperture_kernel(radius, 0, 0.0) * np.float32(math.pi * radius**2)
    inner = aperture_kernel(radius / 2, 0, 0.0) * np.float32(math.pi * radius**2 / 4)
    margin = (len(outer) - len(inner)) // 2
    kernel = np.maximum(outer - np.pad(inner, margin), 0) if radius > 1 else outer
    return clip(spread(image, kernel / kernel.sum()))


def linear_line(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Average along a line of `length` pixels and random angle in linear light. No change at 1."""
    angle = rng.uniform(0, math.pi)
    if length <= 1:
        return image.copy()
    return from_linear(spread(to_linear(image), line_kernel(length, angle)))


def curved_path(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """Average along a curved path of `length` − 1 pixels from end to end, at uneven speed. No change at 1.

    The path of `exiqa.iqadata.distortions.camera.motion.shake`, here in sRGB values.
    """
    path = shake_path(rng)
    if length <= 1:
        return image.copy()
    return clip(spread(image, path_kernel(path, length - 1)))


def accelerated_line(image: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    """A line of `length` pixels and random angle whose weight falls to nothing at one end. No change at 1.

    A camera that starts to move while the shutter is open. The weight falls linearly along the line; the kernel's
    middle is its centre of mass, to the nearest pixel.
    """
    angle = rng.uniform(0, 2 * math.pi)
    if length <= 1:
        return image.copy()
    # At the square roots of even times a point is met in proportion to its place in [0, 1], whose mean is then ⅔.
    places = np.sqrt((np.arange(256) + 0.5) / 256) - 2 / 3
    path = np.stack([places * math.cos(angle), places * math.sin(angle)], axis=1)
    return clip(spread(image, path_kernel(path, length - 1)))


VARIANTS = (
    Variant("gaussian_blur", "linear_gaussian", linear_gaussian, "σ in pixels", 0, 12, "linear light"),
    Variant("gaussian_blur", "three_boxes", three_boxes, "radius in pixels", 0, 12, "Wells 1986"),
    Variant("lens_blur", "hexagon", hexagon, "radius in pixels", 0, 20, "a six-bladed aperture"),
    Variant("lens_blur", "linear_disk", linear_disk, "radius in pixels", 0, 20, "linear light"),
    Variant("lens_blur", "ring", ring, "radius in pixels", 0, 20, "a mirror lens"),
    Variant("motion_blur", "linear_line", linear_line, "length in pixels", 1, 30, "linear light"),
    Variant("motion_blur", "curved_path", curved_path, "length in pixels", 1, 30, "Boracchi, Foi 2012"),
    Variant("motion_blur", "accelerated_line", accelerated_line, "length in pixels", 1, 30, "uneven exposure"),
)
