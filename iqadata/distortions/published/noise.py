"""Noises that are added to every pixel."""

from __future__ import annotations

import math

import cv2
import numpy as np
import scipy.fft

from exiqa.iqadata.distortions.numerics.colorspace import RGB_FROM_YCBCR, clip, from_ycbcr, to_gray, to_ycbcr
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter, gaussian_taps


def white_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise N(0, `variance`), independent for every value, then clip. No change at 0.

    KADID-10k type 11, TID2013 type 1, CSIQ awgn, LIVE wn, LVQ AWGN. Before clipping, PSNR = −10·log10(variance).
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= np.float32(math.sqrt(variance))
    noise += image
    return clip(noise)


def white_noise_color_component(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) to Y, Cb and Cr (BT.601, studio range, in [0, 1]) and go back to RGB. No change at 0.

    KADID-10k type 12, which clips to [0, 1] twice: in YCbCr, where black is Y = 16/255, and again in RGB.
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= np.float32(math.sqrt(variance))
    noise += to_ycbcr(image)
    return clip(from_ycbcr(clip(noise)))


def impulse_noise(image: np.ndarray, density: float, rng: np.random.Generator) -> np.ndarray:
    """Set a share `density` of all values, each channel by itself, to 0 or 1 with equal odds. No change at 0.

    KADID-10k type 13 (`imnoise("salt & pepper")`), TID2013 type 6. With one seed, the values hit at a lower
    density are also hit at a higher one.
    """
    draw = rng.random(image.shape, dtype=np.float32)
    result = image.copy()
    result[draw < density / 2] = 0
    result[draw >= 1 - density / 2] = 1
    return result


def multiplicative_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add image·n, n uniform with mean 0 and `variance`, then clip: speckle. No change at 0.

    KADID-10k type 14 (`imnoise("speckle")`, whose n is uniform). TID2013's type 19 has Gaussian n; the same
    function stands in for it, with n of the same variance.
    """
    noise = rng.random(image.shape, dtype=np.float32)
    noise -= np.float32(0.5)
    noise *= np.float32(math.sqrt(12 * variance))
    noise += 1
    noise *= image
    return clip(noise)


def color_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise to Y, Cb and Cr, twice as strong (σ) in Cb and Cr; σ² = `variance` in Y. No change at 0.

    TID2013 type 2, "more intensive in color components": the factor is ours.
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    matrix = RGB_FROM_YCBCR * np.array([1.0, 2.0, 2.0]) * math.sqrt(variance)
    return clip(image + cv2.transform(noise, matrix.astype(np.float32)))


def spatially_correlated_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of `variance`, smoothed by a 3×3 mean. No change at 0. TID2013 type 3."""
    noise = cv2.blur(rng.standard_normal(image.shape, dtype=np.float32), (3, 3), borderType=cv2.BORDER_REFLECT_101)
    # The mean of nine independent values has a ninth of their variance.
    return clip(image + noise * np.float32(3 * math.sqrt(variance)))


def masked_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise that follows the local contrast, of mean square `variance`. No change at 0.

    TID2013 type 4: noise where texture hides it. Its σ at a pixel is proportional to the standard deviation of the
    luma around it (Gaussian window, σ = 2 pixels); TID2013 shaped it with a masking model instead. An image
    without any contrast stays as it is.
    """
    gray = to_gray(image)
    local = gaussian_filter(gray * gray, 2) - gaussian_filter(gray, 2) ** 2
    contrast = np.sqrt(np.maximum(local, 0))
    mean_square = float(np.mean(contrast**2))
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    if mean_square < 1e-12:
        return image.copy()
    return clip(image + noise * (contrast * np.float32(math.sqrt(variance / mean_square)))[..., None])


def high_frequency_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of `variance` less its own blur (σ = 1 pixel). No change at 0. TID2013 type 5."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise -= gaussian_filter(noise, 1)
    taps = gaussian_taps(1.0).astype(np.float64)
    left = 1 - 2 * taps.max() ** 2 + np.sum(taps**2) ** 2
    return clip(image + noise * np.float32(math.sqrt(variance / left)))


def pink_noise(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of `variance` whose amplitude falls as 1/f, each channel by itself. No change at 0.

    CSIQ fnoise.
    """
    height, width = image.shape[:2]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    gain = np.divide(1, frequency, out=np.zeros_like(frequency), where=frequency > 0)
    mean_square = np.mean(gain**2)
    if mean_square == 0:
        return image.copy()
    gain = (gain[:, : width // 2 + 1] * math.sqrt(variance / mean_square)).astype(np.float32)
    white = rng.standard_normal(image.shape, dtype=np.float32)
    spectrum = scipy.fft.rfft2(white, axes=(0, 1)) * gain[..., None]
    return clip(image + scipy.fft.irfft2(spectrum, s=(height, width), axes=(0, 1)).astype(np.float32))


def comfort_noise(image: np.ndarray, amplitude: float, rng: np.random.Generator) -> np.ndarray:
    """Replace fine texture by noise of the same local strength. No change at 0.

    TID2013 type 20: what a coder does that drops noise-like detail and lets the decoder invent some. Detail is what
    a bilateral filter (σ = `amplitude` in grey value on [0, 1], 2 pixels in space) takes away; the noise has the
    detail's local standard deviation (Gaussian window, σ = 3 pixels) in each channel.
    """
    if amplitude <= 0:
        return image.copy()
    base = cv2.bilateralFilter(image, d=9, sigmaColor=amplitude, sigmaSpace=2, borderType=cv2.BORDER_REPLICATE)
    detail = image - base
    strength = np.sqrt(np.maximum(gaussian_filter(detail * detail, 3), 0))
    return clip(base + strength * rng.standard_normal(image.shape, dtype=np.float32))
