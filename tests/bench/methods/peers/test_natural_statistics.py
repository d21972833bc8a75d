"""BRISQUE's statistics against scipy's distributions, a window worked out pixel by pixel, and piq's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter
from scipy.special import gamma

from exiqa.bench.methods.peers.natural_statistics import (
    FEATURES,
    SHAPE_HIGH,
    SHAPE_LOW,
    fit_aggd,
    fit_ggd,
    mscn,
    natural_statistics,
)
from exiqa.iqadata.standins.scenes import scene


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return scene(1, 96, 128)


@pytest.mark.parametrize("shape", [0.5, 0.8, 1.0, 2.0, 3.5])
def test_a_generalised_gaussian_is_found_again(shape: float) -> None:
    values = stats.gennorm.rvs(shape, scale=0.7, size=100_000, random_state=0)
    found, variance = fit_ggd(values)
    assert found == pytest.approx(shape, rel=0.03)
    assert variance == pytest.approx(stats.gennorm.var(shape, scale=0.7), rel=0.03)


def test_moments_agree_with_maximum_likelihood() -> None:
    values = stats.gennorm.rvs(1.4, size=2_000, random_state=1)
    likely, _, _ = stats.gennorm.fit(values, floc=0)
    assert fit_ggd(values)[0] == pytest.approx(likely, rel=0.05)


def test_special_cases_have_their_known_shapes() -> None:
    random = np.random.default_rng(0)
    assert fit_ggd(random.standard_normal(200_000))[0] == pytest.approx(2, rel=0.02)
    assert fit_ggd(random.laplace(size=200_000))[0] == pytest.approx(1, rel=0.02)
    # Worked by hand: of ±1, (E|x|)² / E[x²] = 1, above the uniform's 3/4; of one 1 in 10,000 zeros it is 1e-4.
    assert fit_ggd(np.array([-1.0, 1.0])) == (SHAPE_HIGH, 1.0)
    assert fit_ggd(np.append(np.zeros(9_999), 1.0)) == (SHAPE_LOW, pytest.approx(1e-4))
    assert fit_ggd(np.zeros(9)) == (SHAPE_HIGH, 0.0)


@pytest.mark.parametrize(("shape", "left", "right"), [(0.8, 1.0, 2.0), (1.5, 0.6, 0.3), (2.0, 1.0, 1.0)])
def test_an_asymmetric_one_is_found_again(shape: float, left: float, right: float) -> None:
    # A side is half a generalised Gaussian of its own scale, and as probable as its scale is large.
    to_scale = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    random = np.random.default_rng(0)
    size = np.abs(stats.gennorm.rvs(shape, size=100_000, random_state=random)) * to_scale
    is_left = random.random(len(size)) < left / (left + right)
    values = np.where(is_left, -left * size, right * size)
    mean, found, left_variance, right_variance = fit_aggd(values)
    assert found == pytest.approx(shape, rel=0.03)
    assert left_variance == pytest.approx(left**2, rel=0.03)
    assert right_variance == pytest.approx(right**2, rel=0.03)
    assert mean == pytest.approx(values.mean(), abs=0.01)


def test_one_sided_and_empty_products_stay_finite() -> None:
    assert fit_aggd(np.zeros(5)) == (0.0, SHAPE_HIGH, 0.0, 0.0)
    mean, shape, left, right = fit_aggd(np.array([0.5, 1.0, 2.0]))
    assert np.isfinite([mean, shape]).all() and (left, right) == (0.0, pytest.approx(1.75))
    assert fit_aggd(np.array([-2.0, -1.0, -0.5]))[0] == pytest.approx(-mean)


def test_a_coefficient_is_what_its_window_gives(photo: np.ndarray) -> None:
    luma = photo[..., 1].astype(float)
    y, x = np.mgrid[-3:4, -3:4]
    weights = np.exp(-(x**2 + y**2) / (2 * (7 / 6) ** 2))
    weights /= weights.sum()
    window = luma[20 - 3 : 20 + 4, 33 - 3 : 33 + 4]
    mean = (weights * window).sum()
    deviation = np.sqrt((weights * (window - mean) ** 2).sum())
    assert mscn(luma)[20, 33] == pytest.approx((luma[20, 33] - mean) / (deviation + 1), abs=1e-9)


def test_fits_and_their_order_agree_with_another_implementation(photo: np.ndarray) -> None:
    import torch
    from piq.brisque import _aggd_parameters, _ggd_parameters

    field = mscn(photo.astype(np.float64) @ (0.299, 0.587, 0.114))
    products = (field[:, :-1] * field[:, 1:], field[:-1] * field[1:], field[:-1, :-1] * field[1:, 1:],
                field[1:, :-1] * field[:-1, 1:])  # fmt: skip
    shape, deviation = _ggd_parameters(torch.tensor(field)[None, None])
    theirs = [float(shape), float(deviation) ** 2]
    for product in products:
        shape, left, right = (float(value) for value in _aggd_parameters(torch.tensor(product)[None, None]))
        mean = (right - left) * gamma(2 / shape) / np.sqrt(gamma(1 / shape) * gamma(3 / shape))
        theirs += [mean, shape, left**2, right**2]
    # It seeks shapes on a grid of .001.
    assert natural_statistics(photo)[:18] == pytest.approx(theirs, abs=2e-3)


def test_features_are_finite_for_any_photo(photo: np.ndarray) -> None:
    flat = natural_statistics(np.full((40, 50, 3), 119, np.uint8))
    assert flat.shape == (FEATURES,) and set(flat.tolist()) == {0.0, SHAPE_HIGH}
    for odd in (np.zeros((32, 32, 3), np.uint8), photo[:4, :5], photo[:33, :47], np.tile(photo[:1], (40, 1, 1))):
        assert np.isfinite(natural_statistics(odd)).all()


def test_distortions_move_features_as_the_paper_says(photo: np.ndarray) -> None:
    clean = natural_statistics(photo)
    blurred = natural_statistics(gaussian_filter(photo, (2, 2, 0)))
    noise = 25 * np.random.default_rng(0).standard_normal(photo.shape)
    noisy = natural_statistics(np.clip(photo + noise, 0, 255).astype(np.uint8))
    assert blurred[1] < clean[1] < noisy[1]  # variance of the coefficients
    assert blurred[2] > clean[2]  # neighbours agree more under blur
    assert abs(noisy[2]) < clean[2] + 0.1 and noisy[0] > clean[0]  # white noise is Gaussian and uncorrelated
