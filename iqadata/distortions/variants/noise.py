"""Other implementations of KADID-10k's noises (types 11 to 15)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.light import from_linear, to_linear
from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, from_lab, to_bytes, to_lab
from exiqa.iqadata.distortions.published.noise import white_noise
from exiqa.iqadata.distortions.variants.spec import Variant


def uniform_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add uniform noise of `variance` to every value. No change at 0."""
    noise = rng.random(image.shape, dtype=np.float32) - np.float32(0.5)
    return clip(image + np.float32(math.sqrt(12 * variance)) * noise)


def laplacian_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Laplacian noise of `variance` to every value: more of it small, some large. No change at 0."""
    noise = rng.laplace(size=image.shape).astype(np.float32)
    return clip(image + np.float32(math.sqrt(variance / 2)) * noise)


def linear_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) in linear light, which is strong in dark areas of the picture. No change at 0."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    if variance <= 0:
        return image.copy()
    return from_linear(to_linear(image) + np.float32(math.sqrt(variance)) * noise)


def lab_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise to L, a and b, of standard deviation 100·√`variance` each. No change at 0."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    if variance <= 0:
        return image.copy()
    return from_lab(to_lab(image) + np.float32(100 * math.sqrt(variance)) * noise)


def opponent_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) to the components of YCoCg (Malvar, Sullivan 2003). No change at 0."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    back = np.array([[1, 1, -1], [1, 0, 1], [1, -1, -1]]) * math.sqrt(variance)
    return clip(image + cv2.transform(noise, back.astype(np.float32)))


def pixel_impulses(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Set a share `density` of the pixels to black or white, all three values together. No change at 0."""
    draw = rng.random(image.shape[:2], dtype=np.float32)
    result = image.copy()
    result[draw < density / 2] = 0
    result[draw >= 1 - density / 2] = 1
    return result


def random_impulses(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Replace a share `density` of all values by random ones, uniform in [0, 1]. No change at 0."""
    draw = rng.random(image.shape, dtype=np.float32)
    values = rng.random(image.shape, dtype=np.float32)
    return np.where(draw < density, values, image)


def gaussian_speckle(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add image·n with n ~ N(0, `variance`). No change at 0."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    return clip(image * (1 + np.float32(math.sqrt(variance)) * noise))


def gamma_speckle(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply each pixel by a gamma variate of mean 1 and `variance`, the same for its three values. 0: no change.

    The speckle of 1/`variance` looks of a coherent imager (Goodman 1976).
    """
    if variance <= 0:
        return image.copy()
    looks = rng.gamma(1 / variance, variance, image.shape[:2]).astype(np.float32)
    return clip(image * looks[..., None])


def bilateral_denoise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) noise, then a bilateral filter of 3·√`variance` and 2 pixels (Tomasi, Manduchi 1998).

    No change at 0.
    """
    if variance <= 0:
        return image.copy()
    noisy = white_noise(image, variance, rng)
    return clip(cv2.bilateralFilter(noisy, 9, 3 * math.sqrt(variance), 2, borderType=cv2.BORDER_REPLICATE))


def median_denoise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) noise, then a median over 5×5 pixels of each channel, in proportion to the noise.

    The share of the median is `variance`/(`variance` + .001), so that little noise is smoothed little. No change at 0.
    """
    if variance <= 0:
        return image.copy()
    noisy = white_noise(image, variance, rng)
    median = from_bytes(cv2.medianBlur(to_bytes(noisy), 5))
    return clip(noisy + np.float32(variance / (variance + 0.001)) * (median - noisy))


VARIANTS = (
    Variant("white_noise", "uniform_noise", uniform_noise, "variance", 0, 1, "uniform density"),
    Variant("white_noise", "laplacian_noise", laplacian_noise, "variance", 0, 1, "Laplacian density"),
    Variant("white_noise", "linear_noise", linear_noise, "variance", 0, 1, "linear light"),
    Variant("white_noise_color_component", "lab_noise", lab_noise, "variance", 0, 1, "Lab"),
    Variant("white_noise_color_component", "opponent_noise", opponent_noise, "variance", 0, 1, "YCoCg"),
    Variant("impulse_noise", "pixel_impulses", pixel_impulses, "density", 0, 1, "whole pixels"),
    Variant("impulse_noise", "random_impulses", random_impulses, "density", 0, 1, "random values"),
    Variant("multiplicative_noise", "gaussian_speckle", gaussian_speckle, "variance", 0, 1, "Gaussian density"),
    Variant("multiplicative_noise", "gamma_speckle", gamma_speckle, "variance", 0, 1, "Goodman 1976"),
    Variant("denoise", "bilateral_denoise", bilateral_denoise, "variance of the noise", 0, 1, "Tomasi, Manduchi 1998"),
    Variant("denoise", "median_denoise", median_denoise, "variance of the noise", 0, 1, "median"),
)
