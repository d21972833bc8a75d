"""Blurs against scipy, hand-worked kernels and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from exiqa.iqadata.distortions.numerics.filters import disk_kernel, gaussian_filter, gaussian_taps, line_kernel
from exiqa.iqadata.distortions.published.blur import gaussian_blur, lens_blur, motion_blur
from exiqa.iqadata.distortions.size import scale_of

RNG = np.random.default_rng(0)
IMAGE = RNG.random((57, 43, 3)).astype(np.float32)
PIXEL = 1 / scale_of(IMAGE)
"""One pixel of this image, in those of a 512×384 image."""


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1, 2, 5, 12])
def test_gaussian_is_scipys(sigma: float) -> None:
    expected = ndimage.gaussian_filter(
        IMAGE.astype(np.float64), (sigma, sigma, 0), mode="nearest", radius=(*[math.ceil(2 * sigma)] * 2, 0)
    )
    np.testing.assert_allclose(gaussian_blur(IMAGE, sigma * PIXEL, RNG), expected, atol=2e-6)


@pytest.mark.parametrize("sigma", [40.0, 90.0])
def test_very_wide_gaussians_are_scipys_within_a_grey_level(sigma: float) -> None:
    rng = np.random.default_rng(3)
    plane = ndimage.zoom(rng.random((12, 16)), 40, order=1).astype(np.float32)
    expected = ndimage.gaussian_filter(plane.astype(np.float64), sigma, mode="nearest", radius=math.ceil(2 * sigma))
    difference = np.abs(gaussian_filter(plane, sigma) - expected)
    assert difference.max() < 0.01 and np.sqrt(np.mean(difference**2)) < 0.5 / 255


def test_lengths_scale_with_the_image() -> None:
    """A picture of four times the sides looks the same: the blur of an enlarged image is the enlarged blur.

    But for the width of the motion's line, which is a pixel in any image.
    """
    small = ndimage.gaussian_filter(np.random.default_rng(4).random((96, 128, 3)), (3, 3, 0)).astype(np.float32)
    large = np.clip(ndimage.zoom(small, (4, 4, 1), order=3, mode="nearest", grid_mode=True), 0, 1)
    assert (scale_of(small), scale_of(large)) == (0.25, 1.0)
    for blur, parameter in ((gaussian_blur, 12.0), (lens_blur, 16.0), (motion_blur, 25.0)):
        first = blur(large, parameter, np.random.default_rng(1))
        blurred = blur(small, parameter, np.random.default_rng(1))
        second = ndimage.zoom(blurred, (4, 4, 1), order=3, mode="nearest", grid_mode=True)
        inner = slice(40, -40)
        assert np.abs(first - second)[inner, inner].max() < 0.25 * np.abs(first - large)[inner, inner].max()


def test_gaussian_level_one_of_kadid_keeps_eight_bits() -> None:
    eight = np.rint(IMAGE * 255)
    np.testing.assert_array_equal(np.rint(gaussian_blur(eight / np.float32(255), 0.1, RNG) * 255), eight)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.0])
def test_blurred_white_noise_has_the_closed_form_variance(sigma: float) -> None:
    """White noise of variance v through a filter h has variance v·Σh²; here v·(Σtaps²)² ≈ v/(4πσ²)."""
    noise = (0.5 + 0.05 * np.random.default_rng(1).standard_normal((600, 600, 3))).astype(np.float32)
    inner = gaussian_blur(noise, sigma / scale_of(noise), RNG)[30:-30, 30:-30]
    taps = gaussian_taps(sigma).astype(np.float64)
    assert inner.var() == pytest.approx(0.0025 * np.sum(taps**2) ** 2, rel=0.03)
    assert np.sum(taps**2) ** 2 == pytest.approx(1 / (4 * math.pi * sigma**2), rel=0.15)


def test_disk_of_radius_one_is_matlabs() -> None:
    """fspecial("disk", 1) as MATLAB prints it."""
    expected = [[0.0251, 0.1453, 0.0251], [0.1453, 0.3183, 0.1453], [0.0251, 0.1453, 0.0251]]
    np.testing.assert_allclose(disk_kernel(1.0), expected, atol=6e-5)


@pytest.mark.parametrize("radius", [1.0, 1.5, 2.0, 4.0, 8.0])
def test_disk_is_the_area_of_a_circle(radius: float) -> None:
    """Every pixel wholly inside weighs 1/(πr²), and the second moment of a disk is r²/4 in each axis."""
    kernel = disk_kernel(radius).astype(np.float64)
    half = len(kernel) // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    inside = np.hypot(np.abs(x) + 0.5, np.abs(y) + 0.5) <= radius
    np.testing.assert_allclose(kernel[inside], 1 / (math.pi * radius**2), rtol=2e-4)
    # Averaging over square pixels adds the square's own second moment, 1/12.
    assert np.sum(kernel * x**2) == pytest.approx(radius**2 / 4 + 1 / 12, rel=0.2 / radius)
    np.testing.assert_allclose(kernel, kernel.T, atol=1e-4)
    np.testing.assert_array_equal(kernel, kernel[::-1, ::-1])


def test_lens_blur_of_a_point_is_the_disk() -> None:
    image = np.zeros((41, 41, 3), np.float32)
    image[20, 20] = 1
    result = lens_blur(image, 6 / scale_of(image), RNG)
    np.testing.assert_allclose(result[14:27, 14:27, 1], disk_kernel(6.0), atol=1e-6)
    np.testing.assert_allclose(result.sum(axis=(0, 1)), 1, atol=1e-5)


def test_line_kernel_on_the_axes_and_the_diagonal() -> None:
    np.testing.assert_allclose(line_kernel(5, 0)[2], np.full(5, 0.2), atol=1e-7)
    np.testing.assert_allclose(line_kernel(5, math.pi / 2)[:, 2], np.full(5, 0.2), atol=1e-7)
    diagonal = line_kernel(9, math.pi / 4)
    half = len(diagonal) // 2
    y, x = np.nonzero(diagonal)
    # Positive angles rise to the right: y falls where x grows.
    assert np.corrcoef(x, y)[0, 1] < -0.9
    assert diagonal[half, half] == diagonal.max()


@pytest.mark.parametrize("angle", np.linspace(0, math.pi, 7))
@pytest.mark.parametrize("length", [1, 2, 4, 6, 10, 30])
def test_line_kernel_sums_to_one_and_is_symmetric(length: float, angle: float) -> None:
    kernel = line_kernel(length, angle)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-7)
    if length == 1:
        assert kernel.max() == 1


@pytest.mark.parametrize("degrees", [0, 10, 45, 77, 90, 135, 179])
@pytest.mark.parametrize("length", [2, 3, 4, 6, 10])
def test_line_kernel_follows_the_rule_of_fspecial(length: int, degrees: int) -> None:
    """Pixel by pixel, as MATLAB documents it: 1 − distance to the segment, and to its end wherever a pixel lies as far
    from the centre as that end."""
    kernel = line_kernel(length, math.radians(degrees))
    half, reach = len(kernel) // 2, (length - 1) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    expected = np.zeros(kernel.shape)
    for row in range(len(kernel)):
        for column in range(len(kernel)):
            x, y = column - half, half - row
            distance = abs(y * cosine - x * sine)
            if math.hypot(x, y) >= reach:
                distance = math.hypot(distance, reach - abs(x * cosine + y * sine))
            expected[row, column] = max(1 - distance, 0)
    np.testing.assert_allclose(kernel, expected / expected.sum(), atol=1e-6)


def test_motion_blur_moves_nothing_and_is_scipys_convolution() -> None:
    rng = np.random.default_rng(5)
    angle = np.random.default_rng(5).uniform(0, math.pi)
    result = motion_blur(IMAGE, 1 + 9 * PIXEL, rng)
    for channel in range(3):
        expected = ndimage.convolve(
            IMAGE[..., channel].astype(np.float64), line_kernel(10, angle).astype(np.float64), mode="nearest"
        )
        np.testing.assert_allclose(result[..., channel], expected, atol=2e-6)
