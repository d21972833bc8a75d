"""Tone curves against splines, thresholds against every other choice, sharpening against scikit-image."""

from __future__ import annotations

import itertools
from math import ceil

import numpy as np
import pytest
from scipy import ndimage
from scipy.interpolate import CubicSpline
from skimage import color as sk

from exiqa.iqadata.distortions.numerics.thresholds import multithresh, simplex_search
from exiqa.iqadata.distortions.published import tone
from exiqa.iqadata.distortions.size import scale_of
from exiqa.iqadata.photos import fit, packaged_photos

pytestmark = pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
RNG = np.random.default_rng(0)
RAMP = np.repeat(np.linspace(0, 1, 501, dtype=np.float32)[None, :, None], 3, axis=2)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["chelsea"](), 120, 160).astype(np.float32) / 255


@pytest.mark.parametrize("amount", [0.3, 0.15, 0, -0.2, -0.4, -0.6])
def test_contrast_curve_is_the_not_a_knot_spline(amount: float) -> None:
    spline = CubicSpline([0, 0.3, 0.5, 0.7, 1], [0, 0.25 - amount / 4, 0.5, 0.75 + amount / 4, 1], bc_type="not-a-knot")
    expected = np.clip(spline(RAMP.astype(np.float64)), 0, 1)
    np.testing.assert_allclose(tone.contrast_change(RAMP, amount, RNG), expected, atol=2e-6)


@pytest.mark.parametrize("amount", [0.05, 0.4, 0.8])
def test_darken_passes_through_its_three_points(amount: float) -> None:
    x = RAMP[0, :, 0]
    curve = np.polynomial.Polynomial.fit([0, 0.5, 1], [0, 0.5 - amount / 2, 1], 2)
    np.testing.assert_allclose(tone.darken(RAMP, amount, RNG)[0, :, 0], np.clip(curve(x), 0, 1), atol=2e-6)


def test_brighten_of_grey_mixes_both_curves() -> None:
    """Grey .5 has L = 53.39: RGB's curve gives .6, L's gives L = 63.34, which is grey .6022; two to one."""
    image = np.full((1, 1, 3), 0.5, np.float32)
    lab = sk.rgb2lab(image.astype(np.float64))
    light = lab[..., 0] / 100
    lab[..., 0] = 100 * (light + 0.4 * light * (1 - light))
    expected = (2 * 0.6 + sk.lab2rgb(lab)) / 3
    np.testing.assert_allclose(tone.brighten(image, 0.2, RNG), expected, atol=1e-3)


def test_mean_shift_adds_and_clips() -> None:
    image = np.array([[[0.1, 0.5, 0.95]]], np.float32)
    np.testing.assert_allclose(tone.mean_shift(image, 0.15, RNG), [[[0.25, 0.65, 1]]], atol=1e-7)
    np.testing.assert_allclose(tone.mean_shift(image, -0.15, RNG), [[[0, 0.35, 0.8]]], atol=1e-7)


def test_contrast_decrease_keeps_the_mean_and_scales_the_spread(photo: np.ndarray) -> None:
    result = tone.contrast_decrease(photo, 0.4, RNG)
    assert result.mean() == pytest.approx(float(photo.mean()), abs=1e-5)
    assert result.std() == pytest.approx(0.4 * float(photo.std()), rel=1e-4)


def within_classes(histogram: np.ndarray, cuts: np.ndarray) -> float:
    """The variance within the classes that cuts (each the last bin of a class) make, times the number of pixels."""
    edges = [0, *[int(cut) + 1 for cut in cuts], len(histogram)]
    total = 0.0
    for first, last in itertools.pairwise(edges):
        mass = histogram[first:last].sum()
        if mass:
            bins = np.arange(first, last)
            total += (histogram[first:last] * (bins - (histogram[first:last] * bins).sum() / mass) ** 2).sum()
    return total


@pytest.mark.parametrize("count", [1, 2, 5, 20])
def test_thresholds_are_better_than_the_even_ones_they_start_from(photo: np.ndarray, count: int) -> None:
    histogram = np.bincount(np.rint(photo * 255).astype(np.uint8).ravel(), minlength=256)
    found = multithresh(histogram, count)
    even = np.floor(np.linspace(0, 255, count + 2)[1:-1] + 0.5)
    assert (np.diff(found) > 0).all() and np.array_equal(found, np.rint(found))
    assert within_classes(histogram, found) <= within_classes(histogram, even)
    if count == 1:
        best = min(within_classes(histogram, np.array([cut])) for cut in range(255))
        assert within_classes(histogram, found) <= 1.02 * best


def test_the_search_finds_a_minimum() -> None:
    centre = np.array([40.0, 90.0, 200.0])
    found = simplex_search(lambda x: float(((x - centre) ** 2 * [1, 2, 5]).sum()), np.array([60.0, 120.0, 180.0]))
    # It stops where values lie within 1e-4, which here is within a hundredth of the minimum's place.
    np.testing.assert_allclose(found, centre, atol=0.02)
    stuck = simplex_search(lambda x: np.inf, np.array([60.0, 120.0]))
    np.testing.assert_array_equal(stuck, [60, 120])


@pytest.mark.parametrize("levels", [20, 13, 7])
def test_quantization_leaves_one_value_more_than_thresholds(photo: np.ndarray, levels: int) -> None:
    result = tone.quantization(photo, levels, RNG)
    values = np.unique(result)
    assert len(values) == levels + 1 and values[0] == 0 and values[-1] == 1
    order = np.argsort(photo.ravel(), kind="stable")
    assert (np.diff(result.ravel()[order]) >= 0).all()


def test_an_image_of_few_values_needs_no_quantization() -> None:
    image = np.linspace(0, 1, 6, dtype=np.float32).repeat(6).reshape(3, 4, 3)
    np.testing.assert_array_equal(tone.quantization(image, 7, RNG), image)
    assert not np.array_equal(tone.quantization(image, 4, RNG), image)
    flat = np.full((4, 4, 3), 0.5, np.float32)
    np.testing.assert_array_equal(tone.quantization(flat, 7, RNG), flat)


@pytest.mark.parametrize("amount", [1, 3])
def test_sharpening_is_unsharp_masking_of_lightness(photo: np.ndarray, amount: float) -> None:
    lab = sk.rgb2lab(photo)
    sigma = 3 * scale_of(photo)
    light = lab[..., 0]
    lab[..., 0] = light + amount * (
        light - ndimage.gaussian_filter(light, sigma, mode="nearest", radius=ceil(2 * sigma))
    )
    lab[..., 0] = np.clip(lab[..., 0], 0, None)
    difference = np.abs(tone.high_sharpen(photo, amount, RNG) - np.clip(sk.lab2rgb(lab), 0, 1))
    assert np.median(difference) < 2e-3 and difference.mean() < 5e-3
