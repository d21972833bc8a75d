"""Colour distortions against scikit-image and scipy."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage import color as sk

from exiqa.iqadata.distortions.numerics.colorspace import (
    from_bytes,
    from_lab,
    stretch,
    stretched_from_bytes,
    stretched_to_bytes,
    to_bytes,
    to_lab,
)
from exiqa.iqadata.distortions.published import color
from exiqa.iqadata.distortions.size import scale_of
from exiqa.iqadata.photos import fit, packaged_photos

pytestmark = pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["coffee"](), 120, 160).astype(np.float32) / 255


@pytest.mark.parametrize("factor", [0.0, 0.1, 0.4, 1.0])
def test_saturation_1_is_hsv(photo: np.ndarray, factor: float) -> None:
    hsv = sk.rgb2hsv(photo)
    hsv[..., 1] *= factor
    np.testing.assert_allclose(color.color_saturation_1(photo, factor, RNG), sk.hsv2rgb(hsv), atol=1e-5)


def test_saturation_1_below_zero_turns_hues_over() -> None:
    """V = .6, S = ⅔ scaled by −.4: the channels move from (.6, .4, .2) to .6 + .4·(0, .2, .4)."""
    image = np.array([[[0.6, 0.4, 0.2]]], np.float32)
    np.testing.assert_allclose(color.color_saturation_1(image, -0.4, RNG), [[[0.6, 0.68, 0.76]]], atol=1e-6)


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0])
def test_saturation_2_is_lab(photo: np.ndarray, factor: float) -> None:
    lab = sk.rgb2lab(photo)
    lab[..., 1:] *= factor
    expected = np.clip(sk.lab2rgb(lab), 0, 1)
    difference = np.abs(color.color_saturation_2(photo, factor, RNG) - expected)
    assert difference.mean() < 5e-4 and np.quantile(difference, 0.999) < 0.02


def test_lab_is_scikit_images(photo: np.ndarray) -> None:
    """scikit-image's matrix is rounded to other digits."""
    lab = to_lab(photo)
    np.testing.assert_allclose(lab, sk.rgb2lab(photo.astype(np.float64)), atol=0.02)
    np.testing.assert_allclose(from_lab(lab), photo, atol=1e-5)
    dark = np.linspace(0, 0.02, 60, dtype=np.float32).reshape(4, 5, 3)
    np.testing.assert_allclose(to_lab(dark), sk.rgb2lab(dark.astype(np.float64)), atol=0.005)
    np.testing.assert_allclose(from_lab(to_lab(dark)), dark, atol=1e-5)


def test_stretch_maps_the_range_to_all_of_it(photo: np.ndarray) -> None:
    dull = 0.3 + 0.5 * stretch(photo)
    np.testing.assert_allclose(stretch(dull), (photo - photo.min()) / (photo.max() - photo.min()), atol=1e-6)
    flat = np.full((3, 4, 3), 0.7, np.float32)
    np.testing.assert_array_equal(stretch(flat), flat)
    full = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    full.flat[:2] = 0, 1
    assert stretch(full) is full


def test_diffusion_is_a_blur_of_a_and_b(photo: np.ndarray) -> None:
    lab = sk.rgb2lab(photo)
    sigma = 6.5 * scale_of(photo)
    for channel in (1, 2):
        lab[..., channel] = 3 * ndimage.gaussian_filter(
            lab[..., channel], sigma, mode="nearest", radius=ceil(2 * sigma)
        )
    difference = np.abs(color.color_diffusion(photo, 3, RNG) - np.clip(sk.lab2rgb(lab), 0, 1))
    assert difference.mean() < 1e-3


@pytest.mark.parametrize("distance", [0.0, 1.0, 0.354, 2.75, 9.0])
def test_shifts_between_pixels_are_linear(distance: float) -> None:
    plane = np.random.default_rng(2).random((7, 8), dtype=np.float32)
    for axis, move in ((0, (distance, 0)), (1, (0, distance))):
        expected = ndimage.shift(plane.astype(np.float64), move, order=1, mode="nearest")
        np.testing.assert_allclose(color._shifted(plane, distance, axis), expected, atol=1e-6)


def test_shift_moves_only_green_and_only_at_edges(photo: np.ndarray) -> None:
    result = color.color_shift(photo, 8, np.random.default_rng(1))
    np.testing.assert_array_equal(result[..., [0, 2]], photo[..., [0, 2]])
    flat = np.full((60, 60, 3), 0.2, np.float32)
    flat[:, 45:] = 0.9
    change = np.abs(color.color_shift(flat, 6, np.random.default_rng(1)) - flat)[..., 1]
    assert change[:, :40].max() < 1e-6 and change[:, 45:50].max() > 0.3


@pytest.mark.parametrize("colors", [64, 16, 8, 2])
def test_quantization_keeps_few_colors_and_their_mean(photo: np.ndarray, colors: int) -> None:
    result = color.color_quantization(photo, colors, RNG)
    palette = np.unique(np.rint(result * 255).reshape(-1, 3), axis=0)
    assert 2 <= len(palette) <= colors
    if colors >= 8:
        # Dithering spreads the error: local means stay.
        blurred = [ndimage.uniform_filter(x, (15, 15, 0)) for x in (result, photo)]
        assert np.abs(blurred[0] - blurred[1]).mean() < 0.02


@pytest.mark.parametrize("colors", [32, 8])
def test_palette_has_less_variance_than_median_cut(photo: np.ndarray, colors: int) -> None:
    pixels = np.rint(photo * 255).astype(np.uint8)
    median_cut = Image.fromarray(pixels).quantize(colors, method=Image.Quantize.MEDIANCUT)
    theirs = np.array(median_cut.getpalette("RGB"), float).reshape(-1, 3)[:colors]
    flat = pixels.reshape(-1, 3).astype(float)

    def within(palette: np.ndarray) -> float:
        return float(((flat[:, None] - palette[None]) ** 2).sum(axis=2).min(axis=1).mean())

    assert within(color._palette(pixels, colors).astype(float)) < within(theirs)


def test_saturation_change_scales_chroma(photo: np.ndarray) -> None:
    result = color.color_saturation_change(photo, 0.5, RNG)
    before, after = sk.rgb2ycbcr(photo.astype(np.float64)), sk.rgb2ycbcr(result.astype(np.float64))
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=0.05)
    np.testing.assert_allclose(after[..., 1:] - 128, 0.5 * (before[..., 1:] - 128), atol=0.05)


def test_aberration_moves_red_and_blue_apart() -> None:
    from skimage.registration import phase_cross_correlation

    noise = np.random.default_rng(5).random((80, 90, 1)).astype(np.float32)
    photo = np.repeat(ndimage.gaussian_filter(noise, (1, 1, 0)), 3, axis=2)
    result = color.chromatic_aberration(photo, 3 / scale_of(photo), np.random.default_rng(2))
    np.testing.assert_array_equal(result[..., 1], photo[..., 1])
    moves = [
        phase_cross_correlation(photo[8:-8, 8:-8, c], result[8:-8, 8:-8, c], upsample_factor=20)[0] for c in (0, 2)
    ]
    np.testing.assert_allclose(moves[0], -moves[1], atol=0.3)
    assert np.hypot(*moves[0]) == pytest.approx(3, abs=0.4)


@pytest.mark.parametrize("low", [0.0, 0.2, 0.7])
def test_stretching_bytes_is_stretching_their_values(low: float) -> None:
    pixels = np.random.default_rng(0).integers(int(255 * low), 230, (20, 30, 3), dtype=np.uint8)
    np.testing.assert_array_equal(stretched_from_bytes(pixels), stretch(from_bytes(pixels)))
    np.testing.assert_array_equal(from_bytes(pixels), pixels.astype(np.float32) / np.float32(255))
    values = np.random.default_rng(1).normal(low, 0.3, (20, 30, 3)).astype(np.float32)
    np.testing.assert_array_equal(stretched_to_bytes(values), to_bytes(stretch(values)))
