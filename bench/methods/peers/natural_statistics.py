"""The 36 natural-scene statistics of BRISQUE, written from the paper.

A. Mittal, A. K. Moorthy, A. C. Bovik, "No-Reference Image Quality Assessment in the Spatial Domain", IEEE Trans.
Image Processing 21(12), 2012. A photo's luminance, made locally zero-mean and unit-variance, is nearly Gaussian; a
distortion changes the shape and spread of its histogram, and of the products of neighbours.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq
from scipy.special import gamma, gammaln

FEATURES = 36
SHAPE_LOW, SHAPE_HIGH = 0.2, 10.0
"""Shapes are sought between these: .2 is far heavier-tailed than any photo, 10 is nearly uniform."""
_SIGMA, _RADIUS = 7 / 6, 3
"""The paper's window: 7×7, Gaussian, sampled out to three standard deviations, of unit volume."""
_ROUNDING = 1e-8
"""Differences of grey levels below this are rounding, which must not be taken for texture."""


def natural_statistics(photo: np.ndarray) -> np.ndarray:
    """BRISQUE's features of a photo: 18 at full scale and 18 at half.

    Of each scale: shape and variance of the MSCN coefficients (generalised Gaussian), then for the products of
    horizontal, vertical, main-diagonal and other-diagonal neighbours mean, shape, left and right variance (asymmetric
    generalised Gaussian).

    Args:
        photo: (H, W, 3) uint8 sRGB, sides of at least 4 pixels.

    Returns:
        (36,) float32, all finite: a flat photo has variance 0 and shape `SHAPE_HIGH`.
    """
    luma = photo.astype(np.float64) @ (0.299, 0.587, 0.114)  # ITU-R BT.601
    return np.array([*_one_scale(luma), *_one_scale(_half(luma))], dtype=np.float32)


def mscn(luma: np.ndarray) -> np.ndarray:
    """Mean-subtracted, contrast-normalised coefficients (Eqs. 1-3, C = 1).

    Args:
        luma: (H, W) luminance in [0, 255].

    Returns:
        (H, W).
    """
    mean = _window(luma)
    deviation = np.sqrt(np.maximum(_window(luma**2) - mean**2, 0))
    centred = luma - mean
    return np.where(np.abs(centred) < _ROUNDING, 0, centred) / (deviation + 1)


def fit_ggd(values: np.ndarray) -> tuple[float, float]:
    """Shape and variance of a zero-mean generalised Gaussian by moments (Eqs. 4-6; Sharifi and Leon-Garcia 1995).

    Shape 2 is the Gaussian, 1 the Laplacian; it is kept in [`SHAPE_LOW`, `SHAPE_HIGH`]. All zeros give
    (`SHAPE_HIGH`, 0).
    """
    variance = float(np.mean(values**2))
    if variance == 0:
        return SHAPE_HIGH, 0.0
    return _shape(float(np.mean(np.abs(values))) ** 2 / variance), variance


def fit_aggd(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, shape, left and right variance of an asymmetric generalised Gaussian (Eqs. 11-14; Lasmar et al. 2009).

    A side without values has variance 0; all zeros give (0, `SHAPE_HIGH`, 0, 0).
    """
    below, above = values[values < 0], values[values >= 0]
    left = float(np.sqrt(np.mean(below**2))) if below.size else 0.0
    right = float(np.sqrt(np.mean(above**2))) if above.size else 0.0
    if left == right == 0:
        return 0.0, SHAPE_HIGH, 0.0, 0.0
    ratio = float(np.mean(np.abs(values))) ** 2 / float(np.mean(values**2))
    # The paper's (γ³ + 1)(γ + 1) / (γ² + 1)² with γ = left / right, free of a division by right.
    ratio *= (left**3 + right**3) * (left + right) / (left**2 + right**2) ** 2
    shape = _shape(ratio)
    to_scale = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    mean = (right - left) * to_scale * gamma(2 / shape) / gamma(1 / shape)
    return float(mean), shape, left**2, right**2


def _one_scale(luma: np.ndarray) -> tuple[float, ...]:
    field = mscn(luma)
    neighbours = (
        field[:, :-1] * field[:, 1:],
        field[:-1] * field[1:],
        field[:-1, :-1] * field[1:, 1:],
        field[:-1, 1:] * field[1:, :-1],
    )
    return (*fit_ggd(field), *(value for product in neighbours for value in fit_aggd(product)))


def _window(field: np.ndarray) -> np.ndarray:
    # The paper does not say what lies beyond the border; the nearest pixel makes no edge there.
    return gaussian_filter(field, _SIGMA, radius=_RADIUS, mode="nearest")


def _half(luma: np.ndarray) -> np.ndarray:
    """Low-pass filtered and taken down by two: antialiased bicubic, a side of n pixels to ⌈n / 2⌉."""
    height, width = luma.shape
    size = (-(-width // 2), -(-height // 2))
    return np.asarray(Image.fromarray(luma.astype(np.float32)).resize(size, Image.Resampling.BICUBIC), np.float64)


def _shape(ratio: float) -> float:
    """The shape whose (E|x|)² / E[x²] is `ratio`; the ratio grows with the shape, from 0 to 3/4."""
    if ratio <= _ratio(SHAPE_LOW):
        return SHAPE_LOW
    if ratio >= _ratio(SHAPE_HIGH):
        return SHAPE_HIGH
    return float(brentq(lambda shape: _ratio(shape) - ratio, SHAPE_LOW, SHAPE_HIGH, xtol=1e-6))


def _ratio(shape: float) -> float:
    return float(np.exp(2 * gammaln(2 / shape) - gammaln(1 / shape) - gammaln(3 / shape)))
