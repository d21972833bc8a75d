"""Variants of KADID-10k's distortions: the same effect, as strong, by other code."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from exiqa.iqadata.distortions.registry import DISTORTIONS, LEVELS
from exiqa.iqadata.distortions.strength import magnitude
from exiqa.iqadata.distortions.variants import VARIANTS, Variant, levels_of_variant
from exiqa.iqadata.distortions.variants.color import from_oklab, to_oklab
from exiqa.iqadata.distortions.variants.matching import mean_error, scenes
from exiqa.iqadata.photos import fit, packaged_photos

ALL = [variant for variants in VARIANTS.values() for variant in variants]
each = pytest.mark.parametrize("variant", ALL, ids=lambda v: f"{v.distortion}-{v.name}")


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    """Four real photos, 192×128."""
    names = ("coffee", "china", "chelsea", "motorcycle_left")
    return [fit(packaged_photos()[name](), 128, 192).astype(np.float32) / 255 for name in names]


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_every_distortion_of_kadid_has_two_or_more() -> None:
    assert set(VARIANTS) == set(LEVELS["kadid10k"])
    for variants in VARIANTS.values():
        names = [variant.name for variant in variants]
        assert len(names) >= 2 and len(set(names)) == len(names)
        assert all(len(levels_of_variant(variant)) == 5 for variant in variants)


def test_every_variant_says_what_it_is() -> None:
    for variant in ALL:
        assert inspect.getdoc(variant.function) and variant.source and variant.parameter


@each
def test_no_change_at_the_no_change_parameter(photos: list[np.ndarray], variant: Variant) -> None:
    for photo in photos[:2]:
        result = variant.function(photo, variant.no_change, seeded(0))
        assert not np.shares_memory(result, photo)
        assert np.abs(result - photo).mean() <= variant.tolerance + 1e-6


@each
def test_the_error_grows_with_the_originals_magnitude(photos: list[np.ndarray], variant: Variant) -> None:
    parameters = LEVELS["kadid10k"][variant.distortion]
    order = np.argsort([magnitude(variant.distortion, parameter) for parameter in parameters], kind="stable")
    errors = np.array([mean_error(variant.function, level, photos) for level in levels_of_variant(variant)])[order]
    # Contrast's levels 3 and 4 go either way by the same amount; the original's pixelate also moves the picture, by
    # less at its third level than at its second.
    slack = {"contrast_change": 0.5, "mean_shift": 0.5, "pixelate": 0.8}.get(variant.distortion, 0.999)
    assert (errors[1:] >= slack * errors[:-1]).all() and errors[-1] > 10 * errors[0] * (errors[0] < 1e-7)


@each
def test_the_levels_are_as_strong_as_the_originals(variant: Variant) -> None:
    """Levels 3 and 5, within half a decibel (one where they are whole) over the photos that they were matched on."""
    if variant.shares_levels:
        assert levels_of_variant(variant) == LEVELS["kadid10k"][variant.distortion]
        return
    for level in (3, 5):
        parameter = LEVELS["kadid10k"][variant.distortion][level - 1]
        original = mean_error(DISTORTIONS[variant.distortion].function, parameter, scenes()[::2])
        if magnitude(variant.distortion, parameter) == 0:
            assert levels_of_variant(variant)[level - 1] == variant.no_change
            continue
        error = mean_error(variant.function, levels_of_variant(variant)[level - 1], scenes()[::2])
        assert abs(10 * np.log10(error / original)) < (1 if variant.whole else 0.5)


@each
def test_it_is_not_the_original(photos: list[np.ndarray], variant: Variant) -> None:
    """With one seed, the two differ by a visible share of what either does."""
    original = DISTORTIONS[variant.distortion].function
    parameter, level = LEVELS["kadid10k"][variant.distortion][4], levels_of_variant(variant)[4]
    between = done = 0.0
    for photo in photos:
        one, other = original(photo, parameter, seeded(1)), variant.function(photo, level, seeded(1))
        between += float(np.mean((one - other) ** 2))
        done += float(np.mean((one - photo) ** 2))
    assert between > 0.005 * done


@each
def test_shape_range_purity_and_repeatability(photos: list[np.ndarray], variant: Variant) -> None:
    level = levels_of_variant(variant)[4]
    for image in (photos[0], photos[1][:17, :23], photos[2][:1, :9], photos[3][:5, :1], photos[0][:1, :1]):
        image = np.ascontiguousarray(image)
        before = image.copy()
        result = variant.function(image, level, seeded(3))
        assert (result.shape, result.dtype) == (image.shape, np.dtype(np.float32))
        assert np.isfinite(result).all() and result.min() >= 0 and result.max() <= 1
        np.testing.assert_array_equal(image, before)
        np.testing.assert_array_equal(result, variant.function(image, level, seeded(3)))


def test_oklab_of_known_colours() -> None:
    """White has L = 1 and no colour; red as Ottosson's page gives it."""
    colours = np.array([[[1, 1, 1], [1, 0, 0], [0.2, 0.5, 0.8]]], np.float32)
    lab = to_oklab(colours)
    np.testing.assert_allclose(lab[0, 0], [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(lab[0, 1], [0.62796, 0.22486, 0.12585], atol=1e-4)
    np.testing.assert_allclose(from_oklab(lab), colours, atol=1e-4)
