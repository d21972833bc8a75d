"""A camera's traces: within their ranges, the same on both photos of a pair, and weaker than a fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from exiqa.iqadata.distortions.camera_traces import CameraTraces, draw_traces, leave_traces
from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg
from exiqa.iqadata.gallery import psnr
from exiqa.iqadata.photos import fit, packaged_photos

NONE = CameraTraces(grain=0, coarseness=0, sharpening=0, quality=95, seed=3)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["coffee"](), 240, 320)


def test_draws_fill_their_ranges() -> None:
    drawn = [draw_traces(np.random.default_rng(seed)) for seed in range(600)]
    for name, low, high in (("grain", 0, 0.02), ("coarseness", 0, 1), ("sharpening", 0, 1), ("quality", 50, 95)):
        values = np.array([getattr(one, name) for one in drawn])
        assert low <= values.min() < low + 0.1 * (high - low) and high - 0.1 * (high - low) < values.max() <= high
    assert len({one.seed for one in drawn}) == len(drawn)


@pytest.mark.parametrize("coarseness", [0, 0.5, 1])
def test_grain_is_as_strong_as_it_says(coarseness: float) -> None:
    grey = np.full((240, 320, 3), 128, np.uint8)
    traces = replace(NONE, grain=0.05, coarseness=coarseness, quality=100)
    luma = np.array([0.299, 0.587, 0.114])  # colour is saved at half resolution
    left = leave_traces(grey, traces) @ luma / 255
    assert left.std() == pytest.approx(0.05 * np.linalg.norm(luma), rel=0.05)
    np.testing.assert_array_equal(leave_traces(grey, traces), leave_traces(grey.copy(), traces))


def test_without_any_it_is_only_a_saving(photo: np.ndarray) -> None:
    np.testing.assert_array_equal(leave_traces(photo, NONE), decode(encode_jpeg(photo, 95)))


def test_the_strongest_traces_are_weaker_than_the_weakest_faults(photo: np.ndarray) -> None:
    levels = LEVELS["kadid10k"]
    assert min(levels["white_noise"]) > 0.02**2 and max(levels["jpeg"]) < 50
    sharpened = leave_traces(photo, replace(NONE, sharpening=1))
    assert sharpened.astype(float).std() > photo.astype(float).std()
    assert all(psnr(photo, leave_traces(photo, draw_traces(np.random.default_rng(seed)))) > 20 for seed in range(20))


def test_the_smallest_photo_is_taken() -> None:
    assert leave_traces(np.zeros((1, 1, 3), np.uint8), replace(NONE, grain=0.01, coarseness=1)).shape == (1, 1, 3)
