"""The statistics of patches, against what is known of simple patterns."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from exiqa.model.backbones.patch_statistics import STATISTICS, patch_statistics

MEANS, CLIPPED_HIGH, CLIPPED_LOW, LARGEST, SMALLEST = slice(0, 3), slice(3, 6), slice(6, 9), 9, 10
EQUAL_ACROSS, EQUAL_DOWN, BLOCKS_ACROSS, BLOCKS_DOWN = 23, 24, 26, 27
NEIGHBOURS, GROWTH, RED_GREEN, BLUE_GREEN, TEXTURE = slice(28, 32), 33, 34, 35, slice(36, 42)


def _of(x: Tensor) -> Tensor:
    """(3, 64, 64) -> (STATISTICS,) the mean over the inner patches, which no border touches."""
    return patch_statistics(x[None], 16)[0, :, 1:-1, 1:-1].mean(dim=(1, 2))


def _noise(channels: int = 3, size: int = 64) -> Tensor:
    return torch.randn(channels, size, size, generator=torch.Generator().manual_seed(0))


def test_one_set_of_statistics_a_patch() -> None:
    assert patch_statistics(torch.zeros(2, 3, 128, 64), 16).shape == (2, STATISTICS, 8, 4)


def test_a_plain_patch_is_its_colour_and_is_flat() -> None:
    found = _of(torch.tensor([1.0, 0.0, -2.0]).view(3, 1, 1).expand(3, 64, 64))
    assert found[MEANS].tolist() == pytest.approx([1, 0, -2])
    assert found[CLIPPED_HIGH].max() < 1e-3
    assert found[CLIPPED_LOW].tolist() == pytest.approx([0, 0, 1], abs=0.06)
    assert (float(found[LARGEST]), float(found[SMALLEST])) == pytest.approx((-1 / 3, 1 / 3))
    assert found[EQUAL_ACROSS] == found[EQUAL_DOWN] == 1


def test_white_noise_has_no_equal_neighbours_and_uncorrelated_channels() -> None:
    found = _of(_noise(size=192))
    assert found[[EQUAL_ACROSS, EQUAL_DOWN]].max() < 0.05
    assert found[[RED_GREEN, BLUE_GREEN]].abs().max() < 0.1
    assert found[TEXTURE].abs().max() < 0.1
    # The residual of a 3x3 mean is h = e - m; its correlation at lag 1 is E[h h'] / E[h²] = (-2 + 6/9) / 9 / (8/9).
    assert found[NEIGHBOURS][:2].tolist() == pytest.approx([(-2 + 6 / 9) / 8] * 2, abs=0.03)


def test_grey_noise_has_one_residual_in_all_channels() -> None:
    found = _of(_noise(1).expand(3, 64, 64))
    assert found[[RED_GREEN, BLUE_GREEN]].tolist() == pytest.approx([1, 1], abs=1e-3)


def test_steps_between_blocks_stand_out() -> None:
    blocks = torch.arange(8).repeat_interleave(8) * 0.3 + 0.001 * torch.arange(64)
    found = _of(blocks.expand(3, 64, 64))
    step, mean = 0.3 + 0.001, (0.3 + 8 * 0.001) / 8
    assert float(found[BLOCKS_ACROSS]) == pytest.approx(math.log((step + 0.01) / (mean + 0.01)), abs=1e-3)
    assert float(found[BLOCKS_DOWN]) == pytest.approx(0)
    shifted = _of(blocks.roll(4).expand(3, 64, 64))
    assert shifted[BLOCKS_ACROSS] < 0


def test_noise_that_grows_with_brightness_is_told_from_noise_that_does_not() -> None:
    ramp = torch.linspace(-1.5, 1.5, 64).expand(3, 64, 64)
    noise = 0.2 * _noise(1)
    assert float(_of(ramp + noise)[GROWTH].abs()) < 0.05
    stripes = torch.where(torch.arange(64) % 16 < 8, -1.0, 1.0).expand(3, 64, 64)
    assert _of(stripes + noise * (stripes + 1.5))[GROWTH] > 0.1


def test_a_blur_along_the_rows_shows_in_that_direction() -> None:
    smooth = torch.nn.functional.avg_pool2d(_noise(1)[None], (1, 9), stride=1, padding=(0, 4))[0]
    across, down = _of(smooth.expand(3, 64, 64))[TEXTURE][:2]
    assert across > 0.5 > 0.2 > down
