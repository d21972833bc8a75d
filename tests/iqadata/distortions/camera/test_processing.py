"""What cameras and apps do to finished pictures: smoothing, sharpening, tone mapping, resaving, few tones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from exiqa.iqadata.distortions.camera.light import LUMINANCE
from exiqa.iqadata.distortions.camera.processing.banding import banding
from exiqa.iqadata.distortions.camera.processing.local_contrast import excessive_local_contrast, low_local_contrast
from exiqa.iqadata.distortions.camera.processing.resaving import repeated_jpeg, upscaling
from exiqa.iqadata.distortions.camera.processing.sharpening import oversharpening
from exiqa.iqadata.distortions.camera.processing.smoothing import oversmoothing
from exiqa.iqadata.distortions.published.compression import jpeg
from exiqa.iqadata.photos import fit, packaged_photos

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["chelsea"](), 240, 320).astype(np.float32) / 255


def test_oversmoothing_takes_texture_and_keeps_edges() -> None:
    image = np.full((120, 160, 3), 0.25, np.float32)
    image[:, 80:] = 0.75
    image += 0.01 * np.random.default_rng(1).standard_normal(image.shape, dtype=np.float32)
    result = oversmoothing(image, 0.05, RNG)
    assert result[:, 5:70].std() < 0.25 * image[:, 5:70].std()
    step = result[:, 81].mean() - result[:, 78].mean()
    assert step > 0.42


def test_oversharpening_is_unsharp_masking_at_two_scales(photo: np.ndarray) -> None:
    luma = photo.astype(np.float64) @ LUMINANCE
    smooth = [ndimage.gaussian_filter(luma, s, mode="nearest", radius=math.ceil(2 * s)) for s in (320 / 500, 320 / 160)]
    expected = np.clip(photo + 1.5 * (luma - (smooth[0] + smooth[1]) / 2)[..., None], 0, 1)
    np.testing.assert_allclose(oversharpening(photo, 1.5, RNG), expected, atol=1e-5)


def test_oversharpening_draws_halos() -> None:
    image = np.full((60, 320, 3), 0.3, np.float32)
    image[:, 160:] = 0.7
    row = oversharpening(image, 1.0, RNG)[30, :, 0]
    assert row.max() > 0.75 and row.min() < 0.25
    np.testing.assert_allclose(row[[5, -5]], [0.3, 0.7], atol=1e-6)


@pytest.mark.parametrize("period", [8, 16])
def test_local_contrast_scales_fine_waves(period: int) -> None:
    """A fine wave is all difference from its local mean: its amplitude becomes 1 − s, or 1 + a, times itself."""
    wave = 0.1 * np.sin(2 * math.pi * np.arange(320) / period)
    image = np.broadcast_to((0.5 + wave)[None, :, None], (240, 320, 3)).astype(np.float32)
    middle = np.s_[100:140, 80:240]
    low, high = low_local_contrast(image, 0.6, RNG)[middle], excessive_local_contrast(image, 1.0, RNG)[middle]
    assert np.ptp(low) == pytest.approx(0.4 * 0.2, rel=0.03)
    assert np.ptp(high) == pytest.approx(2 * 0.2, rel=0.03)


def test_low_local_contrast_keeps_large_areas_and_excess_pulls_them_together() -> None:
    image = np.full((240, 320, 3), 0.2, np.float32)
    image[:, 160:] = 0.8
    low = low_local_contrast(image, 0.6, RNG)[120, :, 0]
    np.testing.assert_allclose(low[[20, 300]], [0.2, 0.8], atol=0.01)
    high = excessive_local_contrast(image, 1.0, RNG)[120, :, 0]
    # c = .25: .2 and .8 are pulled a quarter of the way to ½.
    np.testing.assert_allclose(high[[20, 300]], [0.275, 0.725], atol=0.01)
    # A halo: beside the edge the bright side is brighter than far from it.
    assert high[165] > high[300] + 0.1 and high[154] < high[20] - 0.1


def test_repeated_saving_costs_more_than_one(photo: np.ndarray) -> None:
    for quality in (10, 40, 80):
        once = np.mean((jpeg(photo, quality, RNG) - photo) ** 2)
        assert np.mean((repeated_jpeg(photo, quality, np.random.default_rng(1)) - photo) ** 2) > 1.2 * once


@pytest.mark.parametrize("seed", range(4))
def test_upscaling_leaves_nothing_beyond_the_small_pictures_frequencies(seed: int) -> None:
    noise = np.random.default_rng(9).random((200, 200, 3), dtype=np.float32)
    result = upscaling(noise, 4, np.random.default_rng(seed))
    assert result.shape == noise.shape
    power = np.abs(np.fft.fft2(result[..., 0] - result[..., 0].mean())) ** 2
    frequency = np.hypot(np.fft.fftfreq(200)[:, None], np.fft.fftfreq(200))
    assert power[frequency > 0.3].sum() < 0.01 * power.sum()
    assert power[frequency < 0.125].sum() > 0.7 * power.sum()


def test_upscaling_has_several_kernels(photo: np.ndarray) -> None:
    results = {upscaling(photo, 3, np.random.default_rng(seed)).tobytes() for seed in range(12)}
    assert len(results) == 3


def test_banding_makes_a_staircase_of_a_gradient_and_leaves_texture() -> None:
    gradient = np.broadcast_to(np.linspace(0.1, 0.9, 640)[None, :, None], (100, 640, 3)).astype(np.float32)
    result = banding(gradient, 0.1, RNG)
    inner = result[50, 30:-30, 0]
    nearest = np.rint(inner / 0.1) * 0.1
    assert np.mean(np.abs(inner - nearest) < 0.003) > 0.95
    assert len(np.unique(np.rint(inner / 0.1))) == 9
    texture = np.random.default_rng(3).random((100, 640, 3), dtype=np.float32)
    assert np.abs(banding(texture, 0.1, RNG) - texture).mean() < 0.002
