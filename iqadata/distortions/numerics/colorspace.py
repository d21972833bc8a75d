"""Colour spaces that the distortions work in."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

# ITU-R BT.601 with studio range, as in MATLAB's rgb2ycbcr: Y in [16, 235] / 255, Cb and Cr in [16, 240] / 255.
YCBCR_FROM_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
YCBCR_BLACK = np.array([16, 128, 128]) / 255
RGB_FROM_YCBCR = np.linalg.inv(YCBCR_FROM_RGB)
GRAY_FROM_RGB = np.array([0.2989, 0.5870, 0.1140])

# sRGB's primaries (IEC 61966-2-1) to XYZ, each row divided by its sum: X, Y and Z as ratios to the white point, D65.
_XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE_RATIO_FROM_RGB = _XYZ_FROM_RGB / _XYZ_FROM_RGB.sum(axis=1, keepdims=True)
_RGB_FROM_WHITE_RATIO = np.linalg.inv(_WHITE_RATIO_FROM_RGB)
# CIE 15: below the knee, the cube root gives way to a line.
_LAB_KNEE = 6 / 29
_LAB_SLOPE = 1 / (3 * _LAB_KNEE**2)
_LAB_FROM_ROOT = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]], np.float64)
_ROOT_FROM_LAB = np.array(
    [[1 / 116, 1 / 500, 0, 16 / 116], [1 / 116, 0, 0, 16 / 116], [1 / 116, 0, -1 / 200, 16 / 116]]
)
# IEC 61966-2-1: up to here linear light is a line.
_LINEAR_KNEE = 0.0031308

_UNIT = np.arange(256, dtype=np.float32) / np.float32(255)
"""A byte's value in [0, 1]."""
_BLOCK = 8192
"""Pixels converted at once."""


def clip(image: np.ndarray) -> np.ndarray:
    """Clip to [0, 1] in place and return it: only for arrays the caller has just made."""
    return np.clip(image, 0, 1, out=image)


def to_lab(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 sRGB in [0, 1] -> CIE Lab (D65): L in [0, 100], a and b about [-110, 110].

    By the formulas of IEC 61966-2-1 and CIE 15. OpenCV's own are faster by tables, and up to three grey levels off.
    """
    return _by_blocks(_fill_lab, image)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) -> (H, W, 3) float32 sRGB clipped to [0, 1]. `from_lab(to_lab(x))` is within 1e-5 of x."""
    return _by_blocks(_fill_rgb, lab)


def _by_blocks(convert: Callable[[np.ndarray, np.ndarray], None], image: np.ndarray) -> np.ndarray:
    """Apply a conversion of pixels to a few rows at a time, whose intermediate results stay in the cache."""
    result = np.empty_like(image)
    rows = max(1, _BLOCK // image.shape[1])
    for top in range(0, len(image), rows):
        convert(image[top : top + rows], result[top : top + rows])
    return result


def _fill_lab(image: np.ndarray, lab: np.ndarray) -> None:
    linear = image + np.float32(0.055)
    linear /= np.float32(1.055)
    np.power(linear, np.float32(2.4), out=linear)
    dark = image <= np.float32(0.04045)
    if dark.any():
        _overwrite(linear, dark, image / np.float32(12.92))
    ratio: np.ndarray = cv2.transform(linear, _WHITE_RATIO_FROM_RGB)
    root = np.cbrt(ratio, out=linear)
    dark = ratio <= np.float32(_LAB_KNEE**3)
    if dark.any():
        ratio *= np.float32(_LAB_SLOPE)
        ratio += np.float32(16 / 116)
        _overwrite(root, dark, ratio)
    cv2.transform(root, _LAB_FROM_ROOT, dst=lab)


def _fill_rgb(lab: np.ndarray, image: np.ndarray) -> None:
    root: np.ndarray = cv2.transform(lab, _ROOT_FROM_LAB)
    ratio = root * root
    ratio *= root
    dark = root <= np.float32(_LAB_KNEE)
    if dark.any():
        root -= np.float32(16 / 116)
        root /= np.float32(_LAB_SLOPE)
        _overwrite(ratio, dark, root)
    linear = clip(cv2.transform(ratio, _RGB_FROM_WHITE_RATIO, dst=root))
    # NumPy's power is slow at 0, which saturated colours are full of.
    np.maximum(linear, np.float32(_LINEAR_KNEE), out=image)
    np.power(image, np.float32(1 / 2.4), out=image)
    image *= np.float32(1.055)
    image -= np.float32(0.055)
    dark = linear <= np.float32(_LINEAR_KNEE)
    if dark.any():
        linear *= np.float32(12.92)
        _overwrite(image, dark, linear)
    # At 1 the last two steps may go past it by a rounding.
    np.minimum(image, 1, out=image)


def _overwrite(image: np.ndarray, mask: np.ndarray, values: np.ndarray) -> None:
    """Set `image` to `values` where `mask` is true. NumPy's own `where` takes ten times as long."""
    cv2.copyTo(values, mask.view(np.uint8), image)


def to_ycbcr(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) sRGB in [0, 1] -> Y'CbCr in [0, 1] (BT.601, studio range), MATLAB's `rgb2ycbcr`."""
    return cv2.transform(image, np.column_stack([YCBCR_FROM_RGB, YCBCR_BLACK]))


def from_ycbcr(image: np.ndarray) -> np.ndarray:
    """The inverse of `to_ycbcr`, not clipped."""
    return cv2.transform(image, np.column_stack([RGB_FROM_YCBCR, -RGB_FROM_YCBCR @ YCBCR_BLACK]))


def stretch(image: np.ndarray) -> np.ndarray:
    """Map an image's range to [0, 1]: (x − min)/(max − min) over all pixels and channels together.

    What KADID-10k's generator does to its input and to its output. An image of one value stays, clipped to [0, 1]; one
    of that range is returned itself, not a copy.
    """
    low, high = float(image.min()), float(image.max())
    if high <= low:
        return clip(image.copy())
    if (low, high) == (0, 1):
        return image
    result = image - np.float32(low)
    result /= np.float32(high - low)
    return result


def to_gray(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W) float32 luma, MATLAB's `rgb2gray` weights."""
    return cv2.transform(image, GRAY_FROM_RGB[None, :].astype(np.float32))


def to_bytes(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float in [0, 1] -> uint8, rounded to nearest: what codecs and palettes work on."""
    return cv2.convertScaleAbs(image, alpha=255)


def from_bytes(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> float32 in [0, 1]."""
    return cv2.LUT(np.ascontiguousarray(pixels), _UNIT)


def stretched_from_bytes(pixels: np.ndarray) -> np.ndarray:
    """`stretch(from_bytes(pixels))`, in one pass over the image: (H, W, 3) uint8 -> float32."""
    low, high = int(pixels.min()), int(pixels.max())
    table = _UNIT.copy()
    table[low : high + 1] = stretch(table[low : high + 1])
    return cv2.LUT(np.ascontiguousarray(pixels), table)


def stretched_to_bytes(image: np.ndarray) -> np.ndarray:
    """`to_bytes(stretch(image))`, without what rounding makes needless: (H, W, 3) float32 -> uint8."""
    low, high = float(image.min()), float(image.max())
    if high <= low:
        return to_bytes(clip(image.copy()))
    if (low, high) == (0, 1):
        return to_bytes(image)
    result = image - np.float32(low)
    result /= np.float32(high - low)
    return to_bytes(result)
