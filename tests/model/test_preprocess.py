from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from exiqa.core.errors import UserError
from exiqa.model.preprocess import (
    GRID_SIDE,
    PREPROCESSINGS,
    aligned_crop,
    as_rgb,
    crops_at,
    five_places,
    random_crop,
    resize_square,
    tile_places,
    to_pixels,
)
from exiqa.model.tensor_views import tensor_views


def _coordinates(height: int, width: int) -> np.ndarray:
    """Each pixel says where it is: (row, column, 7)."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y, x, np.full_like(y, 7)], axis=2).astype(np.uint8)


def test_five_crops_are_the_corners_and_the_centre() -> None:
    crops = crops_at(_coordinates(100, 120), 40, five_places)
    assert [tuple(crop[0, 0, :2]) for crop in crops] == [(0, 0), (0, 80), (60, 0), (60, 80), (30, 40)]
    assert crops.shape == (5, 40, 40, 3)


def test_random_crops_keep_native_pixels_and_reach_every_place() -> None:
    image, rng = _coordinates(34, 33), np.random.default_rng(0)
    places = set()
    for _ in range(200):
        crop = random_crop(image, 32, rng)
        top, left = crop[0, 0, :2]
        np.testing.assert_array_equal(crop, image[top : top + 32, left : left + 32])
        places.add((int(top), int(left)))
    assert places == {(y, x) for y in range(3) for x in range(2)}


@pytest.mark.parametrize("shape", [(1, 1), (5, 90), (90, 5), (31, 31)])
def test_a_photo_smaller_than_a_crop_is_mirrored(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    crops = crops_at(image, 32, five_places)
    assert crops.shape == (5, 32, 32, 3)
    assert {tuple(p) for p in crops.reshape(-1, 3)} <= {tuple(p) for p in image.reshape(-1, 3)}
    assert random_crop(image, 32, np.random.default_rng(0)).shape == (32, 32, 3)
    assert resize_square(image, 32).shape == (1, 32, 32, 3)


def test_a_grey_photo_gets_three_equal_channels() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for image in (grey, grey[:, :, None]):
        np.testing.assert_array_equal(as_rgb(image), np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros(4, np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_what_is_no_photo_is_refused(image: np.ndarray) -> None:
    with pytest.raises(UserError, match="uint8"):
        as_rgb(image)


def test_resize_shows_the_whole_photo() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, 100:] = 255
    view = resize_square(image, 32)[0]
    assert view[:, :14].max() < 20 and view[:, 18:].min() > 235


def test_pixels_are_in_the_unit_interval_channels_first() -> None:
    views = np.zeros((2, 4, 4, 3), np.uint8)
    views[1, 2, 3] = (255, 51, 0)
    pixels = to_pixels(views)
    assert pixels.shape == (2, 3, 4, 4)
    assert pixels[1, :, 2, 3].tolist() == pytest.approx([1, 0.2, 0])


def test_every_preprocessing_makes_as_many_views_as_it_says() -> None:
    image = _coordinates(50, 60)
    for name, how in PREPROCESSINGS.items():
        assert how.name == name
        views = how.test_views(image, 32)
        assert views.shape == (how.views or len(views), 32, 32, 3)
        assert how.train_view(image, 32, np.random.default_rng(0)).shape == (32, 32, 3)


def test_tiles_cover_the_photo_where_jpeg_blocks_begin() -> None:
    image = _coordinates(80, 128)
    corners = [tuple(int(x) for x in tile[0, 0, :2]) for tile in crops_at(image, 32, tile_places)]
    assert corners == [(y, x) for y in (0, 24, 48) for x in (0, 32, 64, 96)]
    assert len(crops_at(np.zeros((384, 512, 3), np.uint8), 128, tile_places)) == 12


def test_tiles_of_a_large_photo_are_a_sample_of_it() -> None:
    assert len(crops_at(np.zeros((3000, 100, 3), np.uint8), 32, tile_places)) == GRID_SIDE * 4


def test_an_aligned_crop_begins_with_a_block() -> None:
    rng = np.random.default_rng(0)
    corners = {tuple(int(x) for x in aligned_crop(_coordinates(50, 60), 32, rng)[0, 0, :2]) for _ in range(200)}
    assert corners == {(y, x) for y in (0, 8, 16) for x in (0, 8, 16, 24)}


@pytest.mark.parametrize("name", PREPROCESSINGS)
@pytest.mark.parametrize("shape", [(100, 130), (32, 32), (20, 70), (1, 1)])
def test_views_of_tensors_are_those_of_photos(name: str, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    smooth = gaussian_filter(rng.random((*shape, 3)), (3, 3, 0))
    photos = np.round(255 * (smooth - smooth.min()) / max(np.ptp(smooth), 1e-9))[None].astype(np.uint8)
    expected = to_pixels(PREPROCESSINGS[name].test_views(photos[0], 32)).numpy()
    views = tensor_views(to_pixels(photos), name, 32)[0].numpy()
    np.testing.assert_allclose(views, expected, atol=1.5 / 255 if name == "resize" else 0)
