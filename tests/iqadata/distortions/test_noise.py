"""Noises against their closed-form moments and spectra."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from skimage import color

from exiqa.iqadata.distortions.numerics.colorspace import RGB_FROM_YCBCR, YCBCR_FROM_RGB
from exiqa.iqadata.distortions.published import noise

GRAY = np.full((200, 220, 3), 0.5, np.float32)


def field(function, variance: float, seed: int = 0) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The noise that a function adds to mid grey, where nothing is clipped."""
    return (function(GRAY, variance, np.random.default_rng(seed)) - GRAY).astype(np.float64)


def test_white_noise_is_normal_with_its_variance() -> None:
    values = field(noise.white_noise, 0.003).ravel()
    # The sample variance of n normal values has a relative standard deviation of √(2/n).
    assert values.var() == pytest.approx(0.003, rel=5 * math.sqrt(2 / values.size))
    assert abs(values.mean()) < 5 * math.sqrt(0.003 / values.size)
    assert stats.kstest(values[::7], "norm", args=(0, math.sqrt(0.003))).pvalue > 1e-3


@pytest.mark.parametrize("variance", [0.0005, 0.001, 0.002, 0.004, 0.008])
def test_white_noise_has_the_psnr_of_its_variance(variance: float) -> None:
    psnr = -10 * math.log10(float(np.mean(field(noise.white_noise, variance) ** 2)))
    assert psnr == pytest.approx(-10 * math.log10(variance), abs=0.05)


def test_ycbcr_is_scikit_images() -> None:
    rgb = np.random.default_rng(0).random((5, 5, 3))
    expected = (color.rgb2ycbcr(rgb) - [16, 128, 128]) / 255
    np.testing.assert_allclose(rgb @ YCBCR_FROM_RGB.T, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("function", "factors"), [(noise.white_noise_color_component, [1, 1, 1]), (noise.color_noise, [1, 2, 2])]
)
def test_color_component_noise_has_the_transformed_covariance(function, factors: list[float]) -> None:  # type: ignore[no-untyped-def]
    values = field(function, 0.001).reshape(-1, 3)
    matrix = RGB_FROM_YCBCR * np.array(factors)
    np.testing.assert_allclose(np.cov(values.T), 0.001 * matrix @ matrix.T, rtol=0.05, atol=3e-5)
    back = values @ YCBCR_FROM_RGB.T
    np.testing.assert_allclose(back.std(axis=0), math.sqrt(0.001) * np.array(factors), rtol=0.02)


@pytest.mark.parametrize("density", [0.001, 0.01, 0.03])
def test_impulse_noise_hits_its_share_evenly(density: float) -> None:
    result = noise.impulse_noise(GRAY, density, np.random.default_rng(2))
    salt, pepper = int((result == 1).sum()), int((result == 0).sum())
    assert int((result != GRAY).sum()) == salt + pepper
    assert stats.binomtest(salt + pepper, GRAY.size, density).pvalue > 1e-3
    assert stats.binomtest(salt, salt + pepper, 0.5).pvalue > 1e-3


def test_denser_impulse_noise_extends_thinner() -> None:
    thin, dense = (noise.impulse_noise(GRAY, d, np.random.default_rng(2)) for d in (0.01, 0.03))
    hit = thin != GRAY
    np.testing.assert_array_equal(dense[hit], thin[hit])


def test_multiplicative_noise_scales_with_the_image() -> None:
    """Var(x·(1 + n)) = x²·v, and a uniform n of variance v is bounded by √(3v)."""
    for level in (0.1, 0.3, 0.5):
        image = np.full((150, 150, 3), level, np.float32)
        change = noise.multiplicative_noise(image, 0.02, np.random.default_rng(3)) - image
        assert change.var() == pytest.approx(level**2 * 0.02, rel=0.03)
        assert np.abs(change).max() <= level * math.sqrt(0.06) + 1e-6


def test_spatially_correlated_noise_has_the_box_filters_autocorrelation() -> None:
    """A 3×3 mean of white noise correlates by ⅔ with its neighbour, ⅓ two pixels on, 0 three on."""
    values = field(noise.spatially_correlated_noise, 0.002)[2:-2, 2:-2]
    assert values.var() == pytest.approx(0.002, rel=0.05)
    for lag, expected in ((1, 2 / 3), (2, 1 / 3), (3, 0)):
        assert np.mean(values[:, lag:] * values[:, :-lag]) / values.var() == pytest.approx(expected, abs=0.03)


def test_high_frequency_noise_has_no_low_frequencies() -> None:
    values = field(noise.high_frequency_noise, 0.002)
    assert values.var() == pytest.approx(0.002, rel=0.03)
    power = np.abs(np.fft.fft2(values[..., 0])) ** 2
    frequency = np.hypot(np.fft.fftfreq(200)[:, None], np.fft.fftfreq(220))
    assert power[frequency < 0.03].mean() < 0.01 * power[frequency > 0.35].mean()


def test_pink_noise_falls_as_one_over_f() -> None:
    values = np.mean([np.abs(np.fft.fft2(field(noise.pink_noise, 0.002, s), axes=(0, 1))) ** 2 for s in range(4)], 0)
    frequency = np.hypot(np.fft.fftfreq(200)[:, None], np.fft.fftfreq(220))
    ring = (frequency > 0.02) & (frequency < 0.45)
    slope = stats.linregress(np.log(frequency[ring]), np.log(values.mean(axis=2)[ring])).slope
    assert slope == pytest.approx(-2, abs=0.05)
    variance = np.mean([field(noise.pink_noise, 0.002, seed).var() for seed in range(12)])
    assert variance == pytest.approx(0.002, rel=0.15)


def test_masked_noise_follows_contrast() -> None:
    image = np.full((120, 120, 3), 0.5, np.float32)
    stripes = 0.2 * np.sign(np.sin(np.arange(60) * 1.3)).astype(np.float32)
    image[:, 60:] += stripes[:, None]
    change = noise.masked_noise(image, 0.002, np.random.default_rng(4)) - image
    assert np.abs(change[:, :50]).max() < 1e-6
    assert change.var() == pytest.approx(0.002, rel=0.1)
    np.testing.assert_array_equal(noise.masked_noise(GRAY, 0.01, np.random.default_rng(4)), GRAY)


def test_comfort_noise_replaces_texture_by_as_much_noise() -> None:
    """Noise that a large amplitude takes for detail is replaced by other noise: the error doubles its variance."""
    texture = noise.white_noise(GRAY, 0.0009, np.random.default_rng(8))
    result = noise.comfort_noise(texture, 1.0, np.random.default_rng(9))
    inner = slice(10, -10), slice(10, -10)
    taken = 0.0009 * (1 - 0.06)  # a 9×9 window of σ = 2 keeps some 6 % of the variance
    assert (result - texture)[inner].var() == pytest.approx(2 * taken, rel=0.15)
    assert result[inner].std() == pytest.approx(0.03, rel=0.1)
