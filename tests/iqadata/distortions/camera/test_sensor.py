"""Exposure, noise and white balance of the camera family against the sRGB formula and their theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from exiqa.iqadata.distortions.camera.light import LUMINANCE, from_linear, to_linear
from exiqa.iqadata.distortions.camera.processing.color import color_cast, dull_color, excessive_saturation
from exiqa.iqadata.distortions.camera.sensor.exposure import BLACK, overexposure, underexposure
from exiqa.iqadata.distortions.camera.sensor.sensor_noise import READ_NOISE, WHITE_BALANCE, low_light_noise
from exiqa.iqadata.photos import fit, packaged_photos

RNG = np.random.default_rng(0)
RAMP = np.repeat(np.linspace(0, 1, 501, dtype=np.float32)[None, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["china"](), 144, 192).astype(np.float32) / 255


def srgb(light: float) -> float:
    light = min(max(light, 0.0), 1.0)
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("stops", [0.5, 1.0, 3.0])
def test_exposure_is_a_factor_on_light(stops: float) -> None:
    values = RAMP[0, :, 0].tolist()
    over = [srgb(linear(v) * 2**stops) for v in values]
    np.testing.assert_allclose(overexposure(RAMP, stops, RNG)[0, :, 1], over, atol=2e-6)
    gain = 2**-stops
    under = [srgb(linear(v) * gain - BLACK * (1 - gain)) for v in values]
    np.testing.assert_allclose(underexposure(RAMP, stops, RNG)[0, :, 1], under, atol=3e-6)


def test_exposure_clips() -> None:
    """One stop more saturates what is above half the light (sRGB .735); three less lose what is below the black."""
    result = overexposure(RAMP, 1, RNG)[0, :, 0]
    assert (result[RAMP[0, :, 0] > 0.7355] > 0.9999).all() and (result[RAMP[0, :, 0] < 0.735] < 0.9999).all()
    lost = underexposure(RAMP, 3, RNG)[0, :, 0] == 0
    assert RAMP[0, lost, 0].max() == pytest.approx(srgb(7 * BLACK), abs=0.002)


@pytest.mark.parametrize("scarcity", [1 / 4000, 1 / 1000])
def test_low_light_noise_has_the_variance_of_poisson_and_gauss(scarcity: float) -> None:
    """On a flat patch: V at a photosite, V/2 or V/4 where neighbours are averaged.

    A quarter of the pixels are red photosites, half lie between two and a quarter between four, so that red's mean
    variance is V·(1/4 + 1/4 + 1/16); green's is V·(1/2 + 1/8).
    """
    light = np.array([0.3, 0.25, 0.2])
    patch = np.broadcast_to(from_linear(light), (300, 300, 3)).astype(np.float32)
    change = to_linear(low_light_noise(patch, scarcity, np.random.default_rng(1))) - to_linear(patch)
    gain = WHITE_BALANCE.astype(float)
    expected = (light * gain * scarcity + (gain * READ_NOISE * scarcity) ** 2) * np.array([9 / 16, 5 / 8, 9 / 16])
    np.testing.assert_allclose(change[2:-2, 2:-2].var(axis=(0, 1)), expected, rtol=0.04)
    np.testing.assert_allclose(change.mean(axis=(0, 1)), 0, atol=4e-4)
    # Red photosites themselves have the whole variance.
    assert change[::2, ::2, 0].var() == pytest.approx(expected[0] * 16 / 9, rel=0.05)


def test_low_light_noise_is_stronger_in_the_light_but_more_visible_in_the_dark() -> None:
    grey = np.full((200, 200, 3), 0.15, np.float32)
    bright = np.full((200, 200, 3), 0.8, np.float32)
    noise = {
        name: low_light_noise(image, 1 / 500, np.random.default_rng(2)) for name, image in (("d", grey), ("b", bright))
    }
    assert to_linear(noise["b"]).std() > 2 * to_linear(noise["d"]).std()
    assert noise["d"].std() > 1.3 * noise["b"].std()


def test_low_light_noise_is_spread_by_demosaicing() -> None:
    grey = np.full((200, 200, 3), 0.5, np.float32)
    change = low_light_noise(grey, 1 / 500, np.random.default_rng(3)) - grey
    for channel in range(3):
        plane = change[..., channel]
        neighbours = np.mean(plane[:, 1:] * plane[:, :-1]) / plane.var()
        assert neighbours > 0.2


@pytest.mark.parametrize("seed", range(6))
def test_a_cast_keeps_the_luminance_of_grey_and_has_its_stops(seed: int) -> None:
    grey = np.full((4, 4, 3), 0.4, np.float32)
    light = to_linear(color_cast(grey, 0.8, np.random.default_rng(seed)))[0, 0].astype(float)
    assert light @ LUMINANCE == pytest.approx(linear(0.4), rel=1e-4)
    assert math.log2(light.max() / light.min()) == pytest.approx(0.8, abs=1e-3)


def test_casts_are_of_all_kinds() -> None:
    grey = np.full((1, 1, 3), 0.4, np.float32)
    casts = [np.argmax(color_cast(grey, 0.8, np.random.default_rng(seed))[0, 0]) for seed in range(40)]
    assert set(map(int, casts)) == {0, 1, 2}


def test_dull_colors_keep_their_luminance(photo: np.ndarray) -> None:
    light = to_linear(photo)
    for share in (0.4, 1.0):
        dull = to_linear(dull_color(photo, share, RNG))
        np.testing.assert_allclose(dull @ LUMINANCE, light @ LUMINANCE, atol=2e-5)
        spread = light - (light @ LUMINANCE)[..., None]
        np.testing.assert_allclose(dull - (dull @ LUMINANCE)[..., None], (1 - share) * spread, atol=3e-5)


def test_saturation_scales_the_distance_from_luma() -> None:
    image = (0.4 + 0.2 * np.random.default_rng(4).random((20, 20, 3))).astype(np.float32)
    result = excessive_saturation(image, 0.5, RNG)
    luma = image @ LUMINANCE
    np.testing.assert_allclose(result @ LUMINANCE, luma, atol=1e-6)
    np.testing.assert_allclose(result - luma[..., None], 1.5 * (image - luma[..., None]), atol=1e-6)


def test_noise_differs_from_white_noise_in_its_grain() -> None:
    """The energy lies below that of white noise at the highest frequencies."""
    grey = np.full((128, 128, 3), 0.5, np.float32)
    change = (low_light_noise(grey, 1 / 500, np.random.default_rng(5)) - grey)[..., 0]
    smooth = ndimage.uniform_filter(change, 3)
    assert smooth.var() / change.var() > 2 / 9
