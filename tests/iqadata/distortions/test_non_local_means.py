"""Non-local means against its definition, written plainly, and against OpenCV's with a patch for each pixel."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.distortions.numerics import non_local_means as module
from exiqa.iqadata.distortions.numerics.non_local_means import non_local_means
from exiqa.iqadata.photos import fit, packaged_photos

VARIANCES = sorted({*LEVELS["kadid10k"]["denoise"], *LEVELS["tid2013"]["denoise"]})


def noisy(photo: str, height: int, width: int, variance: float) -> tuple[np.ndarray, np.ndarray]:
    clean = fit(packaged_photos()[photo](), height, width)
    noise = np.random.default_rng(0).normal(0, 255 * math.sqrt(variance), clean.shape)
    return clean, np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)


def strength_of(variance: float) -> float:
    return 0.8 * 255 * math.sqrt(variance)


def plain(pixels: np.ndarray, strength: float) -> np.ndarray:
    """The definition, block by block: every weight and every mean by itself, in float64."""
    height, width = pixels.shape[:2]
    border = 12
    edges = ((border, border + height % 2), (border, border + width % 2), (0, 0))
    padded = np.pad(pixels, edges, "reflect").astype(np.int64)
    scaling, factor, weight_of = module._tables(strength)
    scaled = scaling[padded].astype(np.int64)
    patch = np.outer(np.ones(6), [1, 1, 2, 2, 2, 2, 2, 2, 1, 1])

    def weight(y: int, x: int, dy: int, dx: int, channel: int) -> int:
        """Of the pair of (y, x) and (y + dy, x + dx), from the patch around the first one's block."""
        top, left = y - y % 2 - 2, x - x % 2 - 4
        here = scaled[top : top + 6, left : left + 10, channel]
        there = scaled[top + dy : top + dy + 6, left + dx : left + dx + 10, channel]
        total = (patch * (here - there) ** 2).sum()
        return int(weight_of[min(255, int(np.rint(min(total, 65535) * factor)))])

    result = np.empty_like(pixels)
    for y, x, channel in np.ndindex(pixels.shape):
        row, column = y + border, x + border
        weights, values = [255], [padded[row, column, channel]]
        for dy in range(-6, 7):
            for dx in range(-6, 7):
                if (dy, dx) > (0, 0):
                    weights.append(weight(row, column, dy, dx, channel))
                elif (dy, dx) < (0, 0):
                    weights.append(weight(row + dy, column + dx, -dy, -dx, channel))
                else:
                    continue
                values.append(padded[row + dy, column + dx, channel])
        result[y, x, channel] = np.rint(np.float32(np.dot(weights, values)) / np.float32(sum(weights)))
    return result


def by_opencv(pixels: np.ndarray, strength: float) -> np.ndarray:
    return np.dstack([cv2.fastNlMeansDenoising(c, None, strength, 7, 13) for c in cv2.split(pixels)])


@pytest.mark.parametrize("variance", [0.0002, 0.01, 0.15])
@pytest.mark.parametrize("size", [(13, 16), (14, 13)])
def test_is_its_definition(variance: float, size: tuple[int, int]) -> None:
    _, pixels = noisy("coffee", *size, variance)
    np.testing.assert_array_equal(non_local_means(pixels, strength_of(variance)), plain(pixels, strength_of(variance)))


@pytest.mark.parametrize("variance", VARIANCES)
def test_is_as_close_to_the_clean_image_as_with_a_patch_for_each_pixel(variance: float) -> None:
    for photo in ("chelsea", "coffee"):
        clean, pixels = noisy(photo, 160, 208, variance)
        ours, theirs = (f(pixels, strength_of(variance)) for f in (non_local_means, by_opencv))
        assert peak_signal_noise_ratio(theirs, ours) > 40
        assert abs(peak_signal_noise_ratio(clean, ours) - peak_signal_noise_ratio(clean, theirs)) < 0.2
        similarity = [structural_similarity(clean, image, channel_axis=2) for image in (ours, theirs)]
        assert abs(similarity[0] - similarity[1]) < 0.01


def test_bytes_do_not_depend_on_how_much_is_worked_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _, pixels = noisy("coffee", 90, 121, 0.02)
    whole = non_local_means(pixels, strength_of(0.02))
    for blocks in (1, 3000, 9000):
        monkeypatch.setattr(module, "_STRIP_BLOCKS", blocks)
        np.testing.assert_array_equal(non_local_means(pixels, strength_of(0.02)), whole)


def test_each_channel_is_denoised_by_itself() -> None:
    _, pixels = noisy("chelsea", 40, 50, 0.01)
    np.testing.assert_array_equal(
        non_local_means(pixels[..., ::-1], strength_of(0.01)), non_local_means(pixels, strength_of(0.01))[..., ::-1]
    )


@pytest.mark.parametrize("value", [0, 100, 255])
def test_a_plain_area_stays(value: int) -> None:
    pixels = np.full((20, 31, 3), value, np.uint8)
    np.testing.assert_array_equal(non_local_means(pixels, 20), pixels)


def test_a_sharp_edge_stays_and_noise_beside_it_goes() -> None:
    clean = np.full((64, 64, 3), 60, np.uint8)
    clean[:, 32:] = 190
    pixels = np.clip(clean + np.random.default_rng(1).normal(0, 12, clean.shape), 0, 255).astype(np.uint8)
    result = non_local_means(pixels, 0.8 * 12).astype(float)
    assert np.abs(result.mean(axis=0) - clean.mean(axis=0)).max() < 6
    assert np.std(result - clean) < 0.5 * np.std(pixels.astype(float) - clean)
