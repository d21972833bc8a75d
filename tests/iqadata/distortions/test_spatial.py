"""Pixels and patches out of place, and the scene in front of the lens."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from exiqa.iqadata.distortions.numerics.warp import cubic_warp
from exiqa.iqadata.distortions.published import scene, spatial
from exiqa.iqadata.distortions.size import scale_of
from exiqa.iqadata.photos import fit, packaged_photos


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["china"](), 144, 192).astype(np.float32) / 255


def test_cubic_warp_is_hermite_interpolation() -> None:
    """Keys' kernel of a = −½ is the cubic through the pixels whose slopes are central differences (Catmull-Rom)."""
    rng = np.random.default_rng(0)
    image = rng.random((20, 24, 3), dtype=np.float32)
    padded = np.pad(image, ((6, 6), (6, 6), (0, 0)), mode="edge").astype(np.float64)
    rows = rng.uniform(-3, 22, (9, 11)).astype(np.float32)
    columns = rng.uniform(-3, 26, (9, 11)).astype(np.float32)

    def along(values: np.ndarray, place: float) -> np.ndarray:
        return CubicHermiteSpline(np.arange(-6, len(values) - 6), values, np.gradient(values, axis=0))(place)

    expected = [along(along(padded, float(y)), float(x)) for y, x in zip(rows.ravel(), columns.ravel(), strict=True)]
    np.testing.assert_allclose(cubic_warp(image, rows, columns).reshape(-1, 3), expected, atol=1e-5)


def test_cubic_warp_reads_pixels_where_they_are_and_the_border_beyond() -> None:
    image = np.random.default_rng(1).random((40, 700, 3), dtype=np.float32)
    y, x = np.mgrid[0:40, 0:700].astype(np.float32)
    np.testing.assert_array_equal(cubic_warp(image, y, x), image)
    np.testing.assert_allclose(cubic_warp(image, y - 50, x), np.broadcast_to(image[:1], image.shape), atol=1e-6)
    np.testing.assert_allclose(cubic_warp(image, y, x + 900), np.broadcast_to(image[:, -1:], image.shape), atol=1e-6)


def test_jitter_of_a_slope_has_the_spread_of_five_rounds() -> None:
    """Along a slope of s a pixel, one round adds σ·s; later rounds read between scattered pixels and add no more."""
    slope = 1 / 400
    image = np.repeat((0.1 + slope * np.arange(300, dtype=np.float32))[None, :, None], 200, axis=0).repeat(3, axis=2)
    for amount in (0.2, 0.5):
        jittered = spatial.jitter(image, amount / scale_of(image), np.random.default_rng(0))
        change = (jittered - image)[10:-10, 10:-10]
        assert amount * slope < change.std() < 2.5 * amount * slope
        assert abs(change.mean()) < 0.05 * amount * slope


def test_jitter_leaves_a_flat_image() -> None:
    flat = np.full((40, 50, 3), 0.3, np.float32)
    np.testing.assert_allclose(spatial.jitter(flat, 1.0, np.random.default_rng(0)), flat, atol=1e-6)


@pytest.mark.parametrize("strength", [0.01, 0.1, 0.5])
def test_pixelate_repeats_pixels_of_the_image(photo: np.ndarray, strength: float) -> None:
    result = spatial.pixelate(photo, strength, np.random.default_rng(0))
    rows = 1 + np.count_nonzero((np.diff(result, axis=0) != 0).any(axis=(1, 2)))
    assert rows == np.ceil(144 * (0.95 - strength**0.6))
    known = {tuple(p) for p in photo.reshape(-1, 3)}
    assert {tuple(p) for p in result.reshape(-1, 3)} <= known


def test_pixelate_does_not_move_the_image() -> None:
    ramp = np.repeat(np.linspace(0, 1, 400, dtype=np.float32)[None, :, None], 40, axis=0).repeat(3, axis=2)
    result = spatial.pixelate(ramp, 0.2, np.random.default_rng(0))
    assert abs(float((result - ramp).mean())) < 2e-3


def test_color_blocks_are_flat_squares() -> None:
    photo = fit(packaged_photos()["china"](), 384, 512).astype(np.float32) / 255
    results = [spatial.color_block(photo, n, np.random.default_rng(6)) for n in (1, 4)]
    changed = (results[0] != photo).any(axis=2)
    y, x = np.nonzero(changed)
    assert (y.max() - y.min() + 1, x.max() - x.min() + 1) == (32, 32)
    assert len(np.unique(results[0][changed], axis=0)) == 1
    more = (results[1] != photo).any(axis=2)
    assert changed.sum() < more.sum() <= 4 * 32 * 32


@pytest.mark.parametrize("sides", [(96, 128), (384, 512), (768, 1024)])
def test_blocks_and_patches_cover_the_same_share_of_any_image(sides: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random((*sides, 3), dtype=np.float32)
    for function, count, share in ((spatial.color_block, 1, 32**2), (spatial.local_block, 1, 32**2)):
        changed = (function(image, count, np.random.default_rng(5)) != image).any(axis=2).mean()
        assert changed == pytest.approx(share / (384 * 512), rel=0.01)
    changed = (spatial.non_eccentricity_patch(image, 1, np.random.default_rng(11)) != image).any(axis=2).mean()
    assert changed == pytest.approx(16**2 / (384 * 512), rel=0.01)


def test_patches_come_from_near_by() -> None:
    """One patch: 16×16 pixels that are found again within eight pixels."""
    photo = fit(packaged_photos()["china"](), 384, 512).astype(np.float32) / 255
    result = spatial.non_eccentricity_patch(photo, 1, np.random.default_rng(11))
    y, x = np.nonzero((result != photo).any(axis=2))
    top, left = y.min(), x.min()
    assert y.max() - top < 16 and x.max() - left < 16
    patch = result[top : y.max() + 1, left : x.max() + 1]
    height, width = patch.shape[:2]
    assert any(
        np.array_equal(photo[top + dy : top + dy + height, left + dx : left + dx + width], patch)
        for dy in range(-8, 9)
        for dx in range(-8, 9)
        if (dy, dx) != (0, 0)
    )


@pytest.mark.parametrize("blocks", [1, 4, 16])
def test_local_blocks_shift_by_their_amount(blocks: int) -> None:
    dark = np.full((384, 512, 3), 0.1, np.float32)
    change = spatial.local_block(dark, blocks, np.random.default_rng(1)) - dark
    single = np.unique(np.round(change[change > 0], 5))[0]
    assert single == pytest.approx(0.5 * blocks**-0.4, abs=1e-4)
    bright = spatial.local_block(1 - dark, blocks, np.random.default_rng(1)) - (1 - dark)
    assert bright.min() < 0 and bright.max() <= 1e-6


def test_sparse_sampling_keeps_pixels_and_joins_them_smoothly(photo: np.ndarray) -> None:
    kept = np.random.default_rng(2).random(photo.shape[:2], dtype=np.float32) < 0.3
    result = spatial.sparse_sampling(photo, 0.3, np.random.default_rng(2))
    np.testing.assert_array_equal(result[kept], photo[kept])
    y, x = np.mgrid[0:80, 0:100].astype(np.float32)
    plane = np.repeat((0.1 + 0.004 * y + 0.003 * x)[..., None], 3, axis=2)
    filled = spatial.sparse_sampling(plane, 0.3, np.random.default_rng(2))
    assert np.abs(filled - plane).mean() < 0.004


def test_uneven_illumination_only_darkens_and_by_no_more_than_its_amount(photo: np.ndarray) -> None:
    white = np.ones((144, 192, 3), np.float32)
    light = scene.uneven_illumination(white, 0.7, np.random.default_rng(3))
    assert light.max() > 0.999 and 0.3 <= light.min() < 0.45
    np.testing.assert_allclose(
        scene.uneven_illumination(photo, 0.7, np.random.default_rng(3)), photo * light, atol=1e-6
    )


def test_smoke_blends_towards_one_colour() -> None:
    black, white = (np.full((90, 120, 3), value, np.float32) for value in (0.0, 1.0))
    from_black, from_white = (scene.smoke(image, 0.5, np.random.default_rng(4)) for image in (black, white))
    # What is left of the contrast between black and white is 1 − t, and t lies in density·[.4, 1].
    left = from_white - from_black
    assert left.min() == pytest.approx(0.5, abs=1e-5) and left.max() == pytest.approx(0.8, abs=1e-5)
    colour = from_black / (1 - left)
    np.testing.assert_allclose(colour, np.broadcast_to([0.82, 0.82, 0.84], colour.shape), atol=1e-4)
