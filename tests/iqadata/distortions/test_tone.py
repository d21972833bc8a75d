"""Tone curves against splines, thresholds against brute force, sharpening against scikit-image."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage
from scipy.interpolate import CubicSpline
from skimage import color as sk
from skimage.filters import threshold_multiotsu

from exiqa.iqadata.distortions import tone
from exiqa.iqadata.photos import fit, packaged_photos

pytestmark = [
    pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB"),
    pytest.mark.filterwarnings("ignore:threshold_multiotsu is expected"),
]
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


@pytest.mark.parametrize("count", [1, 2, 3])
def test_thresholds_are_the_best_of_all(count: int) -> None:
    """Against every possible set of thresholds of a histogram of twelve bins."""
    for seed in range(8):
        histogram = np.random.default_rng(seed).integers(0, 30, 12)

        def within(cuts: tuple[int, ...], histogram: np.ndarray = histogram) -> float:
            edges = [0, *[c + 1 for c in cuts], 12]
            total = 0.0
            for a, b in itertools.pairwise(edges):
                mass = histogram[a:b].sum()
                if mass:
                    bins = np.arange(a, b)
                    mean = (histogram[a:b] * bins).sum() / mass
                    total += (histogram[a:b] * (bins - mean) ** 2).sum()
            return total

        best = min(within(cuts) for cuts in itertools.combinations(range(11), count))
        found = tuple(int(t) for t in tone.otsu_thresholds(histogram, count))
        assert within(found) == pytest.approx(best, abs=1e-9)


def test_thresholds_are_scikit_images(photo: np.ndarray) -> None:
    pixels = np.rint(photo * 255).astype(np.uint8)
    found = tone.otsu_thresholds(np.bincount(pixels.ravel(), minlength=256), 3)
    np.testing.assert_allclose(found, threshold_multiotsu(pixels, classes=4), atol=1)


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
    light = lab[..., 0]
    lab[..., 0] = light + amount * (light - ndimage.gaussian_filter(light, 3, mode="nearest", radius=6))
    lab[..., 0] = np.clip(lab[..., 0], 0, None)
    difference = np.abs(tone.high_sharpen(photo, amount, RNG) - np.clip(sk.lab2rgb(lab), 0, 1))
    assert np.median(difference) < 2e-3 and difference.mean() < 5e-3
