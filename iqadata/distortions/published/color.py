"""Colour distortions."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, from_lab, to_bytes, to_gray, to_lab
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.size import scale_of

ALL_COLORS = 2.0**24


def color_diffusion(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Blur a and b of Lab with σ = 1.5·`amount` + 2 pixels and multiply them by `amount`. 0 leaves the image as is.

    KADID-10k type 4; pixels are those of a 512×384 image (`scale_of`). The factor is the original's: from level 2 on,
    colours are both spread and exaggerated.
    """
    if amount <= 0:
        return image.copy()
    lab = to_lab(image)
    sigma = (1.5 * amount + 2) * scale_of(image)
    # By planes, since OpenCV copies them faster than NumPy slices and blurs one faster than two side by side.
    for channel in (1, 2):
        blurred = gaussian_filter(cv2.extractChannel(lab, channel), sigma)
        blurred *= np.float32(amount)
        cv2.insertChannel(blurred, lab, channel)
    return from_lab(lab)


def color_shift(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Move the green channel by `amount` pixels in a random direction, blended in along the edges. No change at 0.

    The blend is the gradient magnitude of the luma, blurred (σ = 4), scaled to [0, 1], cut at its 1st and 99th
    percentiles and scaled again. The direction lies in the first quadrant and is rounded to whole pixels.
    KADID-10k type 5. Pixels are those of a 512×384 image (`scale_of`); in another one the rounded shift is scaled,
    and what lies between two pixels is interpolated.
    """
    direction = rng.random(2)
    scale = scale_of(image)
    down, right = np.round(direction / np.hypot(*direction) * amount) * scale
    gray = to_gray(image)
    weight = gaussian_filter(cv2.magnitude(_slope(gray, 0), _slope(gray, 1)), 4 * scale)
    weight = np.maximum(_stretch(weight, weight.min(), weight.max()), np.float32(0.1))
    weight = _stretch(weight, *np.percentile(weight, (1, 99)))
    green = np.ascontiguousarray(image[..., 1])
    moved = _shifted(_shifted(green, down, axis=0), right, axis=1)
    result = image.copy()
    result[..., 1] += weight * (moved - green)
    return clip(result)


def _shifted(plane: np.ndarray, distance: float, axis: int) -> np.ndarray:
    """A plane (H, W) moved by `distance` ≥ 0 pixels to higher indices, linear between pixels, its border replicated."""
    whole = int(distance)
    part = np.float32(distance - whole)
    index = np.arange(plane.shape[axis])
    near = plane.take(np.maximum(index - whole, 0), axis)
    return near if part == 0 else near + part * (plane.take(np.maximum(index - whole - 1, 0), axis) - near)


def _slope(gray: np.ndarray, axis: int) -> np.ndarray:
    """Central differences along an axis, one-sided at its ends (`np.gradient`); 0 along an axis of one pixel."""
    central, same = np.array([-0.5, 0, 0.5], np.float32), np.ones(1, np.float32)
    across, down = (same, central) if axis == 0 else (central, same)
    slope = cv2.sepFilter2D(gray, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    ends = slope if axis == 0 else slope.T
    # With the border replicated, the ends' differences are halved.
    ends[[0, -1]] *= 2
    return slope


def _stretch(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map [low, high] to [0, 1] and clip; all 0 where there is no range."""
    if high <= low:
        return np.zeros_like(values)
    return clip((values - np.float32(low)) / np.float32(high - low))


def color_quantization(image: np.ndarray, colors: float, rng: np.random.Generator) -> np.ndarray:
    """Reduce to a palette of `colors` (2 to 256) with Floyd-Steinberg dithering. No change at 2²⁴.

    KADID-10k type 6 (`rgb2ind`, minimum variance quantisation), TID2013 type 22. The palette here comes from
    median cut followed by k-means, which lowers the same variance.
    """
    if colors >= ALL_COLORS:
        return image.copy()
    pixels = to_bytes(image)
    palette = Image.new("P", (1, 1))
    palette.putpalette(_palette(pixels, int(colors)).tobytes())
    dithered = Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    return from_bytes(np.asarray(dithered.convert("RGB")))


def _palette(pixels: np.ndarray, colors: int) -> np.ndarray:
    """(K, 3) uint8, K ≤ `colors`: centres of a k-means over the image's colours.

    Colours are gathered into 32³ cells first, since the centres of a few thousand weighted cells are found in
    milliseconds and those of all pixels are not.
    """
    channels = [np.asarray(channel, np.uint8).ravel() for channel in cv2.split(pixels)]
    red, green, blue = (channel >> 3 for channel in channels)
    codes = red.astype(np.intp) << 10
    codes |= green.astype(np.intp) << 5
    codes |= blue
    counts = np.bincount(codes, minlength=32**3)
    used = np.flatnonzero(counts)
    weights = counts[used].astype(np.float64)
    cells = np.stack([np.bincount(codes, channel, 32**3)[used] for channel in channels], axis=1) / weights[:, None]

    thumbnail = Image.fromarray(np.ascontiguousarray(_thin(pixels)))
    start = np.array(thumbnail.quantize(colors, method=Image.Quantize.MEDIANCUT).getpalette("RGB"), np.float64)
    centres = np.unique(start.reshape(-1, 3)[:colors], axis=0)
    for _ in range(8):
        nearest = np.argmin((centres**2).sum(axis=1) - 2 * cells @ centres.T, axis=1)
        mass = np.bincount(nearest, weights, len(centres))
        sums = np.stack([np.bincount(nearest, weights * cells[:, c], len(centres)) for c in range(3)], axis=1)
        centres = np.where(mass[:, None] > 0, sums / np.maximum(mass, 1)[:, None], centres)
    return np.unique(np.rint(centres).astype(np.uint8), axis=0)


def _thin(pixels: np.ndarray) -> np.ndarray:
    """Every n-th row and column, so that about 6,000 pixels are left: more start the centres no better."""
    step = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / 6_000)))
    return pixels[::step, ::step]


def color_saturation_1(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply the saturation S of HSV by `factor` in [−1, 1]. No change at 1; 0 is grey, below 0 hues turn over.

    KADID-10k type 7. With V = max(R, G, B), scaling S by f is V − f·(V − RGB); for f < 0 that is what the
    usual HSV formulas give as well. Below 0 values reach V·(1 − f), which is above 1 and is not clipped here: the
    generator's stretch to [0, 1] follows (`exiqa.iqadata.distortions.registry.distort`).
    """
    value = np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])[..., None]
    result = image - value
    result *= np.float32(factor)
    result += value
    return result


def color_saturation_2(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply a and b of Lab by `factor`. No change at 1. KADID-10k type 8."""
    if factor == 1:
        return image.copy()
    # A matrix, since OpenCV multiplies by one eight times as fast as NumPy multiplies a slice.
    return from_lab(cv2.transform(to_lab(image), np.diag([1, factor, factor])))


def color_saturation_change(image: np.ndarray, factor: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply every pixel's difference from its luma by `factor`: Cb and Cr of YCbCr scaled. No change at 1.

    TID2013 type 18.
    """
    gray = to_gray(image)[..., None]
    return clip(image + np.float32(factor - 1) * (image - gray))


def chromatic_aberration(image: np.ndarray, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Shift red and blue `shift` pixels apart from green, in opposite random directions, and blur both. No change at 0.

    TID2013 type 23: mutual shifts of the channels and a slight blur of the shifted ones, here σ = `shift`/2 pixels,
    those of a 512×384 image (`scale_of`).
    """
    angle = rng.uniform(0, 2 * np.pi)
    if shift <= 0:
        return image.copy()
    shift *= scale_of(image)
    step = shift * np.array([np.cos(angle), np.sin(angle)])
    result = image.copy()
    height, width = image.shape[:2]
    for channel, sign in ((0, 1), (2, -1)):
        move = np.array([[1, 0, sign * step[0]], [0, 1, sign * step[1]]], np.float32)
        plane = np.ascontiguousarray(image[..., channel])
        moved = cv2.warpAffine(plane, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        result[..., channel] = gaussian_filter(moved, shift / 2)
    return clip(result)
