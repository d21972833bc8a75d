"""Other implementations of KADID-10k's tone distortions (types 16 to 18, 22, 24 and 25)."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.iqadata.distortions.camera.light import from_linear, to_linear, weighted
from exiqa.iqadata.distortions.numerics.colorspace import clip, from_lab, to_lab
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.published.tone import ALL_LEVELS
from exiqa.iqadata.distortions.variants.spec import Variant


def lower_gamma(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Raise all values to the power 1/(1 + `amount`), which is brighter. No change at 0."""
    return np.power(image, np.float32(1 / (1 + amount)))


def higher_gamma(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Raise all values to the power 1 + `amount`, which is darker. No change at 0."""
    return np.power(image, np.float32(1 + amount))


def more_light(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply linear light by 2^`stops` and roll off: L·g/(1 + L·(g − 1)), white stays white. No change at 0.

    Reinhard et al. 2002, their curve with the white point at the brightest light.
    """
    if stops == 0:
        return image.copy()
    gain = np.float32(2.0**stops)
    light = to_linear(image)
    return from_linear(light * gain / (1 + light * (gain - 1)))


def less_light(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply linear light by 2^−`stops`: white becomes grey. No change at 0."""
    return image.copy() if stops == 0 else from_linear(to_linear(image) * np.float32(2.0**-stops))


def lightness_shift(image: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Add 100·`shift` to L of Lab. No change at 0."""
    if shift == 0:
        return image.copy()
    lab = to_lab(image)
    lab[..., 0] = np.clip(lab[..., 0] + np.float32(100 * shift), 0, 100)
    return from_lab(lab)


def light_shift(image: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Add `shift` to linear light: most of it shows in dark areas. No change at 0."""
    return image.copy() if shift == 0 else from_linear(to_linear(image) + np.float32(shift))


def even_quantization(image: np.ndarray, levels: float, rng: np.random.Generator) -> np.ndarray:
    """Round all values to `levels` evenly spaced ones, 0 and 1 among them. No change at 256."""
    if levels >= ALL_LEVELS:
        return image.copy()
    steps = np.float32(max(levels - 1, 1))
    return np.rint(image * steps) / steps


def luma_quantization(image: np.ndarray, levels: float, rng: np.random.Generator) -> np.ndarray:
    """Round the luma (BT.709) to `levels` evenly spaced values and move all channels with it. No change at 256."""
    if levels >= ALL_LEVELS:
        return image.copy()
    luma = weighted(image)
    steps = np.float32(max(levels - 1, 1))
    return clip(image + (np.rint(luma * steps) / steps - luma)[..., None])


def rgb_sharpen(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Unsharp masking of each channel by itself, Gaussian of 1.5 pixels. No change at 0."""
    return clip(image + np.float32(amount) * (image - gaussian_filter(image, 1.5)))


def laplacian_sharpen(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Subtract `amount` times the luma's Laplacian (four neighbours) from all channels. No change at 0."""
    luma = weighted(image)
    return clip(image - np.float32(amount) * cv2.Laplacian(luma, -1, borderType=cv2.BORDER_REPLICATE)[..., None])


def linear_contrast(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Scale all values about the middle grey by 2^`amount`: more contrast above 0, less below. No change at 0."""
    return clip(np.float32(0.5) + np.float32(2.0**amount) * (image - np.float32(0.5)))


def lightness_contrast(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Scale L of Lab about its mean by 2^`amount`, colours as they are. No change at 0."""
    if amount == 0:
        return image.copy()
    lab = to_lab(image)
    mean = np.float32(lab[..., 0].mean(dtype=np.float64))
    lab[..., 0] = np.clip(mean + np.float32(2.0**amount) * (lab[..., 0] - mean), 0, 100)
    return from_lab(lab)


VARIANTS = (
    Variant("brighten", "lower_gamma", lower_gamma, "amount", 0, 8, "a power"),
    Variant("brighten", "more_light", more_light, "stops", 0, 8, "Reinhard et al. 2002"),
    Variant("darken", "higher_gamma", higher_gamma, "amount", 0, 8, "a power"),
    Variant("darken", "less_light", less_light, "stops", 0, 8, "linear light"),
    Variant("mean_shift", "lightness_shift", lightness_shift, "shift of L", 0, 1, "Lab", opposite=-1),
    Variant("mean_shift", "light_shift", light_shift, "shift of the light", 0, 1, "linear light", opposite=-1),
    Variant("quantization", "even_quantization", even_quantization, "values", ALL_LEVELS, 2, "even steps"),
    Variant("quantization", "luma_quantization", luma_quantization, "values", ALL_LEVELS, 2, "luma only"),
    Variant("high_sharpen", "rgb_sharpen", rgb_sharpen, "amount", 0, 60, "RGB"),
    Variant("high_sharpen", "laplacian_sharpen", laplacian_sharpen, "amount", 0, 60, "a Laplacian"),
    Variant("contrast_change", "linear_contrast", linear_contrast, "log₂ of the factor", 0, 4, "a line", opposite=-6),
    Variant(
        "contrast_change", "lightness_contrast", lightness_contrast, "log₂ of the factor", 0, 4, "Lab", opposite=-6
    ),
)
