"""Effects on photos that had no say in what is visible: they rise with the distortion, and others do not speak up.

The whole matrix is in docs/effects.md (`tests/perf/measure_effects.py`); here are a few distortions on four photos.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from exiqa.core.image_io import read_photo
from exiqa.iqadata.distortions.innocent import InnocentProcessing, draw_innocent, process
from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.effects import DECLARED, EFFECTS, measure_effects
from exiqa.iqadata.photos import fit

_NAMES = list(EFFECTS)
_OF_TONE_AND_COLOUR = (
    "brighter", "darker", "clipped_lights", "crushed_shadows", "lifted_blacks", "more_saturation", "less_saturation",
    "color_cast", "uneven_light", "veil",
)  # fmt: skip


@pytest.fixture(scope="module")
def photos(test_data: Path) -> list[np.ndarray]:
    files = sorted((test_data / "kodak").glob("*.png"))[:4]
    return [fit(read_photo(file), 192, 288) for file in files]


@pytest.mark.parametrize(
    ("distortion", "dataset"),
    [
        ("lens_blur", "kadid10k"),
        ("white_noise", "kadid10k"),
        ("white_noise_color_component", "kadid10k"),
        ("impulse_noise", "kadid10k"),
        ("darken", "kadid10k"),
        ("color_saturation_1", "kadid10k"),
        ("quantization", "kadid10k"),
        ("color_quantization", "kadid10k"),
        ("noisy_compression", "tid2013"),
        ("haze", "authentic"),
        ("color_cast", "authentic"),
        ("rolling_shutter", "authentic"),
    ],
)
def test_declared_effects_rise_and_are_the_strongest(photos: list[np.ndarray], distortion: str, dataset: str) -> None:
    measured = [
        [measure_effects(photo, distort(photo, distortion, level, dataset, seed)) for seed, photo in enumerate(photos)]
        for level in (1, 2, 3, 4, 5)
    ]
    values = np.array([[one.values for one in level] for level in measured]).mean(axis=1)
    strongest = np.array([[one.visibility for one in level] for level in measured]).mean(axis=1).max(axis=0)
    declared = DECLARED[distortion]
    for effect in declared:
        column = _NAMES.index(effect)
        assert spearmanr(np.arange(5), values[:, column]).statistic >= 0.9 - 1e-6, effect
        others = [name for name, seen in zip(_NAMES, strongest, strict=True) if seen > strongest[column] + 1e-6]
        assert len(others) < max(len(declared), 2), (effect, others)


def test_saving_well_on_one_side_is_hardly_seen(photos: list[np.ndarray]) -> None:
    for photo in photos:
        seen = measure_effects(photo, process(photo, InnocentProcessing(quality=92))).visibility
        assert seen.max() < 0.15, _NAMES[int(seen.argmax())]


_TWICE_RESAMPLED = {
    "fine_grain": 0.25, "color_grain": 0.25, "specks": 0.3, "block_grid": 0.55, "mosaic": 0.35, "posterized": 0.25,
    "dither": 0.4,
}  # fmt: skip
"""Pixels of .9 of the size are mixed again by the reduction to the working scale: these do not hold then, and change by
no more than this. Grid lines, specks, dots and grain weaken, and the beat of the two grids of pixels is a grid of its
own."""
_ENLARGED = {"ringing": 0.2}
"""Enlarged by half, ripples of JPEG come into the band in which ringing is looked for: .19 is what they gain."""


@pytest.fixture(scope="module")
def large_photos(test_data: Path) -> list[np.ndarray]:
    files = sorted((test_data / "kodak").glob("*.png"))[4:6]
    return [fit(read_photo(file), 384, 512) for file in files]


@pytest.mark.parametrize("scale", [0.75, 0.9, 1.5])
@pytest.mark.parametrize(
    "distortion", ["gaussian_blur", "motion_blur", "white_noise", "jpeg", "pixelate", "impulse_noise", "quantization",
                   "color_diffusion", "color_quantization"]
)  # fmt: skip
def test_resizing_a_pair_of_512_by_384_changes_what_is_seen_little(
    large_photos: list[np.ndarray], distortion: str, scale: float
) -> None:
    changes = []
    for seed, photo in enumerate(large_photos):
        distorted = distort(photo, distortion, 4, "kadid10k", seed)
        resized = measure_effects(*(_resized(picture, scale) for picture in (photo, distorted)))
        changes.append(resized.visibility - measure_effects(photo, distorted).visibility)
    mean = dict(zip(_NAMES, np.abs(np.mean(changes, axis=0)), strict=True))
    limits = _TWICE_RESAMPLED if scale == 0.9 else _ENLARGED if scale > 1 else {}
    for effect, change in mean.items():
        assert change <= limits.get(effect, 0.15), (effect, change)


def test_processing_both_sides_changes_values_by_less_than_what_is_visible(large_photos: list[np.ndarray]) -> None:
    visible = np.array([effect.visible for effect in EFFECTS.values()])
    moved = []
    for number, distortion in enumerate(
        (
            "lens_blur",
            "motion_blur",
            "white_noise",
            "jpeg",
            "impulse_noise",
            "quantization",
            "darken",
            "color_saturation_1",
            "contrast_change",
            "jitter",
        )
    ):
        for seed, photo in enumerate(large_photos):
            distorted = distort(photo, distortion, 3, "kadid10k", seed)
            drawn = draw_innocent(np.random.default_rng(2 * number + seed))
            both = measure_effects(process(photo, drawn), process(distorted, drawn)).values
            moved.append(np.abs(both - measure_effects(photo, distorted).values) / visible)
    for effect, change in zip(_NAMES, np.percentile(moved, 90, axis=0), strict=True):
        assert change < 1, (effect, change)


def _resized(picture: np.ndarray, scale: float) -> np.ndarray:
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


@pytest.mark.parametrize("scale", [0.75, 1.5])
def test_resizing_a_small_pair_changes_tone_and_colour_little(photos: list[np.ndarray], scale: float) -> None:
    for distortion in ("darken", "color_saturation_1"):
        changes = []
        for photo in photos:
            distorted = distort(photo, distortion, 4)
            before = measure_effects(photo, distorted)
            after = measure_effects(*(_resized(picture, scale) for picture in (photo, distorted)))
            changes.append(after.visibility - before.visibility)
        mean = dict(zip(_NAMES, np.abs(np.mean(changes, axis=0)), strict=True))
        # Below the working scale, effects on the finest pixels follow the pixels.
        assert max(mean[effect] for effect in _OF_TONE_AND_COLOUR) <= 0.15, distortion
