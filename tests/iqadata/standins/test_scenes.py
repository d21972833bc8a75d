"""Scenes are pure functions of the seed, unlike one another, and statistically like photos."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from exiqa.core.files import sha256_hex
from exiqa.iqadata import packaged_photos, scene
from exiqa.iqadata.photos import fit


def spectrum_slope(image: np.ndarray) -> float:
    """Slope of the log radial power spectrum against log frequency, over .02 to .3 cycles a pixel."""
    grey = image.mean(axis=2)
    side = min(grey.shape)
    grey = grey[:side, :side] - grey[:side, :side].mean()
    window = np.hanning(side)
    power = np.abs(np.fft.fft2(grey * window[:, None] * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side))
    edges = np.geomspace(0.02, 0.3, 12)
    bands = [power[(radius >= low) & (radius < high)].mean() for low, high in pairwise(edges)]
    return float(np.polyfit(np.log(np.sqrt(edges[:-1] * edges[1:])), np.log(bands), 1)[0])


def gradient_kurtosis(image: np.ndarray) -> float:
    """Kurtosis of horizontal differences of log luminance: 3 for Gaussian noise, far more for natural images."""
    difference = np.diff(np.log(image.mean(axis=2) + 1), axis=1).ravel()
    return float(((difference - difference.mean()) ** 4).mean() / difference.var() ** 2)


@pytest.mark.parametrize("size", [(384, 512), (96, 128), (16, 16), (33, 400)])
def test_shape_and_purity(size: tuple[int, int]) -> None:
    first, second = scene(3, *size), scene(3, *size)
    assert first.shape == (*size, 3) and first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert not np.array_equal(first, scene(4, *size))


def test_same_bytes_in_another_process_with_other_threads() -> None:
    program = (
        "from exiqa.iqadata import scene; from exiqa.core.files import sha256_hex;"
        "print(sha256_hex(scene(7, 96, 128).tobytes()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "OMP_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == sha256_hex(scene(7, 96, 128).tobytes())


def test_statistics_are_those_of_photos() -> None:
    """Field (1987) finds power falling as f^-2 on average, single photos from about -1.5 to -3.2; noise has slope 0."""
    scenes = [scene(seed, 256, 256) for seed in range(6)]
    slopes = [spectrum_slope(image) for image in scenes]
    assert all(-3.4 < slope < -1.5 for slope in slopes)
    photos = [fit(packaged_photos()[name](), 256, 256) for name in ("coffee", "china", "chelsea", "astronaut")]
    assert abs(np.mean(slopes) - np.mean([spectrum_slope(photo) for photo in photos])) < 0.5
    assert min(gradient_kurtosis(image) for image in scenes) > 6


def test_scenes_differ_in_colour_and_layout() -> None:
    thumbnails = np.stack([fit(scene(seed, 96, 128), 12, 16).astype(float).ravel() for seed in range(20)])
    correlation = np.corrcoef(thumbnails)[np.triu_indices(20, 1)]
    assert correlation.max() < 0.9


@pytest.mark.parametrize("wrong", [(-1, 96, 128), (0, 15, 128), (0, 128, 8)])
def test_wrong_arguments(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="a scene needs"):
        scene(*wrong)
