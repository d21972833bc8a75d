"""Other implementations of KADID-10k's colour distortions (types 4 to 8)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

from exiqa.iqadata.distortions.camera.light import from_linear, to_linear, weighted
from exiqa.iqadata.distortions.camera.optics.aberration import lateral_chromatic_aberration
from exiqa.iqadata.distortions.numerics.colorspace import GRAY_FROM_RGB, clip, from_bytes, to_bytes, to_gray
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.published.color import ALL_COLORS
from exiqa.iqadata.distortions.variants.spec import Variant

# Ottosson 2020: linear sRGB to cone responses, and their cube roots to lightness and two opponent colours.
_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]], np.float32,
)  # fmt: skip
_OKLAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]], np.float32,
)  # fmt: skip
_FROM_CONES, _FROM_OKLAB = np.linalg.inv(_CONES), np.linalg.inv(_OKLAB)


def to_oklab(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) sRGB in [0, 1] -> Oklab: L in [0, 1], a and b about [−.4, .4]."""
    return cv2.transform(np.cbrt(cv2.transform(to_linear(image), _CONES)), _OKLAB)


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """Oklab -> (H, W, 3) sRGB clipped to [0, 1]."""
    return from_linear(cv2.transform(cv2.transform(lab, _FROM_OKLAB) ** 3, _FROM_CONES))


def ycbcr_diffusion(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Blur the differences from the luma, σ = 2.5·`amount` pixels, times `amount` where over 1. No change at 0."""
    if amount <= 0:
        return image.copy()
    gray = to_gray(image)[..., None]
    return clip(gray + gaussian_filter(image - gray, 2.5 * amount) * np.float32(max(1.0, amount)))


def oklab_diffusion(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Store a and b of Oklab at 1/(1 + 3·`amount`) of the size, times `amount` where that is over 1. 0: no change."""
    if amount <= 0:
        return image.copy()
    lab = to_oklab(image)
    height, width = image.shape[:2]
    factor = 1 + 3 * amount
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(np.ascontiguousarray(lab[..., 1:]), size, interpolation=cv2.INTER_AREA)
    colors = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 2)
    lab[..., 1:] = colors * np.float32(max(1.0, amount))
    return from_oklab(lab)


def red_and_blue_shift(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Move red `amount` pixels one way and blue as many the other way, everywhere. No change at 0."""
    angle = rng.uniform(0, 2 * math.pi)
    if amount <= 0:
        return image.copy()
    height, width = image.shape[:2]
    result = image.copy()
    for channel, sign in ((0, amount), (2, -amount)):
        move = np.array([[1, 0, sign * math.cos(angle)], [0, 1, sign * math.sin(angle)]])
        plane = np.ascontiguousarray(image[..., channel])
        result[..., channel] = cv2.warpAffine(
            plane, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return result


def radial_shift(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Magnify red and shrink blue so that each moves `amount` pixels at the left and right border. No change at 0."""
    return lateral_chromatic_aberration(image, amount / image.shape[1], rng)


def ordered_dither(image: np.ndarray, colors: float, rng: np.random.Generator) -> np.ndarray:
    """Round each channel to ∛`colors` values with an 8×8 ordered dither (Bayer 1973). No change at 2²⁴."""
    if colors >= ALL_COLORS:
        return image.copy()
    steps = np.float32(max(colors ** (1 / 3) - 1, 1e-3))
    height, width = image.shape[:2]
    matrix = np.zeros((1, 1))
    for _ in range(3):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    threshold = ((matrix + 0.5) / 64).astype(np.float32)
    tiled = np.tile(threshold, (height // 8 + 1, width // 8 + 1))[:height, :width, None]
    return clip(np.floor(image * steps + tiled) / steps)


def median_cut(image: np.ndarray, colors: float, rng: np.random.Generator) -> np.ndarray:
    """A palette of `colors` (2 to 256) by median cut (Heckbert 1982), each pixel its nearest colour, no dither.

    No change at 2²⁴.
    """
    if colors >= ALL_COLORS:
        return image.copy()
    reduced = Image.fromarray(to_bytes(image)).quantize(
        round(min(colors, 256)), method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    return from_bytes(np.asarray(reduced.convert("RGB")))


def linear_saturation(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply every colour's distance from grey of its luminance by `factor`, in linear light. No change at 1."""
    if factor == 1:
        return image.copy()
    light = to_linear(image)
    gray = weighted(light)[..., None]
    return from_linear(gray + np.float32(factor) * (light - gray))


def oklab_saturation(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply a and b of Oklab by `factor`. No change at 1."""
    if factor == 1:
        return image.copy()
    lab = to_oklab(image)
    lab[..., 1:] *= np.float32(factor)
    return from_oklab(lab)


def luma_saturation(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply every pixel's difference from its luma (BT.601) by `factor`. No change at 1."""
    gray = (image @ GRAY_FROM_RGB.astype(np.float32))[..., None]
    return clip(image + np.float32(factor - 1) * (image - gray))


def value_saturation(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply S of HSV by `factor`, S limited to 1: V − min(f·S, 1)·(V − RGB)/S. No change at 1."""
    if factor == 1:
        return image.copy()
    value, least = image.max(axis=2, keepdims=True), image.min(axis=2, keepdims=True)
    saturation = np.divide(value - least, value, out=np.zeros_like(value), where=value > 0)
    limit = np.divide(1, saturation, out=np.ones_like(value), where=saturation > 0)
    return clip(value - np.minimum(np.float32(factor), limit) * (value - image))


_OKLAB_SOURCE = "Ottosson 2020 (Oklab)"

VARIANTS = (
    Variant("color_diffusion", "ycbcr_diffusion", ycbcr_diffusion, "amount", 0, 30, "YCbCr"),
    Variant("color_diffusion", "oklab_diffusion", oklab_diffusion, "amount", 0, 30, _OKLAB_SOURCE),
    Variant("color_shift", "red_and_blue_shift", red_and_blue_shift, "shift in pixels", 0, 20, "a misregistered print"),
    Variant("color_shift", "radial_shift", radial_shift, "shift at the border in pixels", 0, 20, "Kang 2007"),
    Variant("color_quantization", "ordered_dither", ordered_dither, "colours", ALL_COLORS, 2, "Bayer 1973"),
    Variant("color_quantization", "median_cut", median_cut, "colours", ALL_COLORS, 2, "Heckbert 1982", whole=True),
    # HSV's fading lightens a picture, which others do not: at equal error they would turn its hues over.
    *(
        Variant("color_saturation_1", function.__name__, function, "factor", 1, -0.4, source, shares_levels=True)
        for function, source in (
            (linear_saturation, "linear light"),
            (oklab_saturation, _OKLAB_SOURCE),
            (luma_saturation, "YCbCr"),
        )
    ),
    Variant("color_saturation_2", "luma_saturation", luma_saturation, "factor", 1, 20, "YCbCr"),
    Variant("color_saturation_2", "oklab_saturation", oklab_saturation, "factor on a and b", 1, 20, _OKLAB_SOURCE),
    Variant("color_saturation_2", "value_saturation", value_saturation, "factor on S", 1, 40, "HSV"),
)
