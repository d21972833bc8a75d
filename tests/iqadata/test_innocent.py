"""Innocent processing: within its ranges, reproducible, and mild."""

from __future__ import annotations

from dataclasses import astuple, replace

import cv2
import numpy as np
import pytest

from exiqa.iqadata.distortions.innocent import InnocentProcessing, draw_innocent, innocent, process
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg
from exiqa.iqadata.gallery import psnr
from exiqa.iqadata.photos import fit, packaged_photos


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["coffee"](), 240, 320)


def test_draws_fill_their_ranges_and_leave_out_their_share() -> None:
    drawn = [draw_innocent(np.random.default_rng(seed)) for seed in range(600)]
    ranges = {
        "crop": (0.8, 1, 1.0), "gamma": (0.9, 1.1, 1.0), "contrast": (-0.15, 0.3, 0.0), "scale": (0.5, 1, 1.0),
        "sharpening": (0, 0.4, 0.0), "quality": (75, 98, None),
    }  # fmt: skip
    for name, (low, high, off) in ranges.items():
        values = np.array([getattr(one, name) for one in drawn])
        assert values.min() >= low and values.max() <= high
        used = values[values != off] if off is not None else values
        margin = 0.1 * (high - low)
        assert used.min() < low + margin and used.max() > high - margin
        expected = 1.0 if off is None else 2 / 3 if name == "scale" else 0.5
        assert len(used) / len(values) == pytest.approx(expected, abs=0.08)
    assert {one.kernel for one in drawn} == {"area", "linear", "cubic"}


def test_one_seed_is_one_processing_and_the_photo_stays(photo: np.ndarray) -> None:
    before = photo.copy()
    first, drawn = innocent(photo, 5)
    again, drawn_again = innocent(photo, 5)
    np.testing.assert_array_equal(first, again)
    assert drawn == drawn_again
    np.testing.assert_array_equal(first, process(photo, drawn))
    np.testing.assert_array_equal(photo, before)
    assert astuple(innocent(photo, 6)[1]) != astuple(drawn)


def test_the_default_is_only_a_saving(photo: np.ndarray) -> None:
    np.testing.assert_array_equal(process(photo, InnocentProcessing(quality=90)), decode(encode_jpeg(photo, 90)))


def test_sizes_follow_crop_and_scale(photo: np.ndarray) -> None:
    assert process(photo, InnocentProcessing(crop=0.8, scale=0.5)).shape == (96, 128, 3)
    for seed in range(20):
        result, drawn = innocent(photo, seed)
        expected = tuple(round(round(extent * drawn.crop) * drawn.scale) for extent in (240, 320))
        assert result.shape == (*expected, 3) and result.dtype == np.uint8
    assert innocent(np.zeros((1, 1, 3), np.uint8), 3)[0].shape == (1, 1, 3)


def test_crops_lie_where_they_are_drawn(photo: np.ndarray) -> None:
    cropped = process(photo, InnocentProcessing(crop=0.8, crop_y=1.0, crop_x=0.0, quality=98))
    assert psnr(photo[48:, :256], cropped) > 38


@pytest.mark.parametrize("name", ["coffee", "china", "chelsea", "astronaut"])
def test_it_is_mild(name: str) -> None:
    """Against the photo with the same crop and size, what is left is far from any distortion's upper levels."""
    photo = fit(packaged_photos()[name](), 384, 512)
    values = []
    for seed in range(12):
        drawn = draw_innocent(np.random.default_rng(seed))
        drawn = replace(drawn, crop=1.0, crop_y=0.0, crop_x=0.0)
        result = process(photo, drawn)
        plain = cv2.resize(photo, result.shape[1::-1], interpolation=cv2.INTER_AREA)
        values.append(psnr(plain, result))
    assert min(values) > 23 and np.median(values) > 28, values
