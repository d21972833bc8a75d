"""Colour spaces that the distortions work in."""

from __future__ import annotations

import cv2
import numpy as np

# ITU-R BT.601 with studio range, as in MATLAB's rgb2ycbcr: Y in [16, 235] / 255, Cb and Cr in [16, 240] / 255.
YCBCR_FROM_RGB = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
RGB_FROM_YCBCR = np.linalg.inv(YCBCR_FROM_RGB)
GRAY_FROM_RGB = np.array([0.2989, 0.5870, 0.1140])


def clip(image: np.ndarray) -> np.ndarray:
    """Clip to [0, 1] in place and return it: only for arrays the caller has just made."""
    return np.clip(image, 0, 1, out=image)


def to_lab(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 sRGB in [0, 1] -> CIE Lab (D65): L in [0, 100], a and b about [-110, 110]."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2Lab)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) -> (H, W, 3) float32 sRGB clipped to [0, 1]. `from_lab(to_lab(x))` is within 0.003 of x."""
    return clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))


def to_gray(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) -> (H, W) float32 luma, MATLAB's `rgb2gray` weights."""
    return cv2.transform(image, GRAY_FROM_RGB[None, :].astype(np.float32))


def to_bytes(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float in [0, 1] -> uint8, rounded to nearest: what codecs and palettes work on."""
    return cv2.convertScaleAbs(image, alpha=255)


def from_bytes(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255)
