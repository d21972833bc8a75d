"""Blur, stray light and geometry of the camera family against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage import color as sk

from exiqa.iqadata.distortions.camera import kernels
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear
from exiqa.iqadata.distortions.camera.motion import rolling_shutter
from exiqa.iqadata.distortions.camera.motion.shake import camera_shake
from exiqa.iqadata.distortions.camera.motion.subject_motion import subject_motion
from exiqa.iqadata.distortions.camera.optics.aberration import lateral_chromatic_aberration
from exiqa.iqadata.distortions.camera.optics.defocus import defocus
from exiqa.iqadata.distortions.camera.optics.flare import lens_flare
from exiqa.iqadata.distortions.camera.optics.haze import haze, veiling_glare
from exiqa.iqadata.distortions.camera.optics.vignetting import vignetting
from exiqa.iqadata.distortions.camera.sensor.moire import moire
from exiqa.iqadata.photos import fit, packaged_photos


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["coffee"](), 144, 192).astype(np.float32) / 255


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_linear_light_is_the_srgb_standards() -> None:
    values = np.linspace(0, 1, 1001)
    expected = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values.tolist()]
    light = to_linear(values.astype(np.float32))
    np.testing.assert_allclose(light, expected, atol=1e-6)
    np.testing.assert_allclose(from_linear(light), values, atol=2e-6)
    # scikit-image's Y of a grey is its linear light.
    grey = np.repeat(values[None, :, None], 3, axis=2)
    np.testing.assert_allclose(light, sk.rgb2xyz(grey)[0, :, 1], atol=1e-5)
    np.testing.assert_allclose(from_linear(np.array([-0.5, 1.5])), [0, 1], atol=1e-6)


@pytest.mark.parametrize("blades", [0, 5, 6, 7, 8])
@pytest.mark.parametrize("radius", [2.0, 4.5, 17.0])
def test_apertures_have_the_area_of_the_disk(radius: float, blades: int) -> None:
    kernel = kernels.aperture_kernel(radius, blades, 0.3).astype(np.float64)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert 1 / kernel.max() == pytest.approx(math.pi * radius**2, rel=0.06)
    half = len(kernel) // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    if blades == 0:
        # A disk's second moment is r²/4 in each axis; sharing pixels out adds up to 1/12.
        assert np.sum(kernel * x**2) == pytest.approx(radius**2 / 4 + 1 / 12, rel=0.2 / radius)
    # No corner is farther out than that of a polygon of the disk's area.
    corner = radius if blades == 0 else radius * math.sqrt(2 * math.pi / (blades * math.sin(2 * math.pi / blades)))
    assert np.hypot(y, x)[kernel > 0].max() <= corner + 1
    assert abs(np.sum(kernel * x)) < 0.05 * radius and abs(np.sum(kernel * y)) < 0.05 * radius


def test_an_aperture_of_half_a_pixel_is_a_pixel() -> None:
    np.testing.assert_array_equal(kernels.aperture_kernel(0.5, 0, 0.0), [[1]])


def test_a_point_out_of_focus_is_the_aperture_in_linear_light() -> None:
    image = np.zeros((90, 120, 3), np.float32)
    image[45, 60] = 1
    everywhere = 0
    for seed in range(20):
        light = to_linear(defocus(image, 6 / 120, seeded(seed)))
        # With a plane in focus the point keeps some of its light, or is spread over a smaller aperture.
        if light.max() > 1.1 / (math.pi * 36):
            continue
        everywhere += 1
        y, x = np.nonzero(light[..., 0] > 0.2 / (math.pi * 36))
        # A regular pentagon reaches 1.15 times as far as the disk of its area.
        assert 11 <= y.max() - y.min() + 1 <= 16 and 11 <= x.max() - x.min() + 1 <= 16
        assert light.max() == pytest.approx(1 / (math.pi * 36), rel=0.05)
    assert everywhere >= 6


def test_some_seeds_leave_a_plane_in_focus(photo: np.ndarray) -> None:
    unchanged = [
        float(np.mean(np.abs(defocus(photo, 0.02, seeded(seed)) - photo).max(axis=2) < 1e-5)) for seed in range(16)
    ]
    assert 4 <= sum(share > 0.1 for share in unchanged) <= 12


@pytest.mark.parametrize("seed", range(6))
def test_a_shaken_cameras_path_has_its_length_and_stays_centred(seed: int) -> None:
    path = kernels.shake_path(seeded(seed))
    distances = np.linalg.norm(path[:, None] - path[None], axis=2)
    assert distances.max() == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(path.mean(axis=0), 0, atol=1e-9)
    kernel = kernels.path_kernel(path, 30).astype(np.float64)
    assert kernel.sum() == pytest.approx(1, abs=1e-5) and kernel.min() >= 0
    half = len(kernel) // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    assert abs(np.sum(kernel * x)) < 0.3 and abs(np.sum(kernel * y)) < 0.3
    used = np.argwhere(kernel > 1e-6)
    extent = np.linalg.norm(used[:, None] - used[None], axis=2).max()
    assert 29 <= extent <= 33


def test_paths_are_curved() -> None:
    """The length along most paths is clearly more than the distance between their ends."""
    ratios = []
    for seed in range(40):
        path = kernels.shake_path(seeded(seed))
        ratios.append(np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / np.linalg.norm(path[-1] - path[0]))
    assert np.median(ratios) > 1.03 and np.quantile(ratios, 0.75) > 1.15


def test_a_shaken_point_is_the_path_and_not_its_mirror_image() -> None:
    image = np.zeros((80, 100, 3), np.float32)
    image[40, 50] = 1
    kernel = kernels.path_kernel(kernels.shake_path(seeded(3)), 20)
    half = len(kernel) // 2
    light = to_linear(camera_shake(image, 0.2, seeded(3)))
    np.testing.assert_allclose(light[40 - half : 41 + half, 50 - half : 51 + half, 1], kernel, atol=1e-5)


def test_a_moving_subject_leaves_the_corners_and_keeps_the_light(photo: np.ndarray) -> None:
    for seed in range(5):
        result = subject_motion(photo, 0.1, seeded(seed))
        changed = np.abs(result - photo).max(axis=2) > 1e-4
        assert 0.05 < changed.mean() < 0.6
        corners = [changed[rows, columns] for rows in np.s_[:16, -16:] for columns in np.s_[:16, -16:]]
        assert not np.any(corners)
    flat = np.full_like(photo, 0.4)
    np.testing.assert_allclose(subject_motion(flat, 0.1, seeded(0)), flat, atol=1e-5)


def test_haze_is_koschmieders_law(photo: np.ndarray) -> None:
    black, white = np.zeros_like(photo), np.ones_like(photo)
    for seed in range(4):
        air, seen = (to_linear(haze(image, 1.5, seeded(seed))) for image in (black, white))
        transmission = seen - air
        assert transmission.max() <= math.exp(-0.25 * 1.5) + 1e-5 and transmission.min() >= math.exp(-1.5) - 1e-5
        light = air / (1 - transmission)
        np.testing.assert_allclose(light, np.broadcast_to(light[0, 0], light.shape), atol=1e-4)
        # The ground is nearer than the horizon.
        assert transmission[-1].mean() > transmission[0].mean() + 0.1
        expected = to_linear(photo) * transmission + light * (1 - transmission)
        np.testing.assert_allclose(to_linear(haze(photo, 1.5, seeded(seed))), expected, atol=1e-5)


def test_veiling_glare_keeps_its_share_of_the_contrast(photo: np.ndarray) -> None:
    black, white = np.zeros_like(photo), np.full_like(photo, 0.9)
    stray, seen = (to_linear(veiling_glare(image, 0.3, seeded(2))) for image in (black, white))
    np.testing.assert_allclose(seen - stray, 0.7 * to_linear(white), atol=1e-5)
    assert stray.max() / stray.min() > 1.5 and stray[..., 0].mean() >= stray[..., 2].mean()


@pytest.mark.parametrize("stops", [1.0, 2.5])
def test_vignetting_is_cos_to_the_fourth(stops: float) -> None:
    white = np.ones((91, 121, 3), np.float32)
    light = to_linear(vignetting(white, stops, seeded(0)))
    assert light[45, 60, 0] == pytest.approx(1, abs=1e-5)
    assert light[0, 0, 1] == pytest.approx(2**-stops, rel=1e-4)
    # The tangent of the angle from the axis grows in proportion to the distance from the middle.
    corner = math.acos(2 ** (-stops / 4))
    y, x = np.mgrid[-45:46, -60:61]
    angle = np.arctan(np.hypot(y, x) / math.hypot(45, 60) * math.tan(corner))
    np.testing.assert_allclose(light[..., 2], np.cos(angle) ** 4, atol=1e-5)


def test_lateral_aberration_grows_from_the_middle_and_points_outwards() -> None:
    y, x = np.mgrid[:240, :300].astype(np.float32)
    image = np.zeros((240, 300, 3), np.float32)
    for middle in (30, 150, 270):
        image += np.exp(-((x - middle) ** 2 + (y - 119.5) ** 2) / 18)[..., None]
    result = lateral_chromatic_aberration(image, 0.01, seeded(0))
    np.testing.assert_array_equal(result[..., 1], image[..., 1])

    def moved(channel: int, middle: int) -> float:
        part = result[:, middle - 25 : middle + 25, channel]
        return float((part * x[:, middle - 25 : middle + 25]).sum() / part.sum()) - middle

    # 3 pixels at the border, 2.4 at 120 of 150 pixels from the middle; the blobs lie half a pixel off.
    for channel, sign in ((0, 1), (2, -1)):
        assert moved(channel, 270) == pytest.approx(sign * 2.41, abs=0.05)
        assert moved(channel, 30) == pytest.approx(-sign * 2.39, abs=0.05)
        assert abs(moved(channel, 150)) < 0.03


def test_flare_adds_light_in_proportion() -> None:
    black = np.zeros((144, 192, 3), np.float32)
    weak, strong = (to_linear(lens_flare(black, strength, seeded(4))) for strength in (0.2, 0.6))
    assert strong.max() <= 0.75 and (weak >= 0).all()
    np.testing.assert_allclose(strong, 3 * weak, atol=1e-4)
    y = int(np.argmax(weak.sum(axis=2).max(axis=1)))
    assert y < 72 and weak.max() > 0.15
    # Ghosts lie on the other side of the middle as well.
    assert weak[144 - y - 30 :, :].max() > 0.005


def test_moire_is_a_wave_within_its_amplitude_and_range() -> None:
    grey = np.full((240, 320, 3), 0.5, np.float32)
    light = to_linear(grey)[0, 0, 0]
    for seed in range(4):
        change = to_linear(moire(grey, 0.4, seeded(seed))) / light - 1
        assert 0.2 < np.abs(change).max() <= 0.4 + 1e-3
        assert abs(change.mean()) < 0.02
        power = np.abs(np.fft.fft2(change[..., 1])) ** 2
        fy, fx = np.fft.fftfreq(240) * 320, np.fft.fftfreq(320) * 320
        frequency = np.hypot(fy[:, None], fx)
        assert power[(frequency > 4) & (frequency < 90)].sum() > 0.97 * power.sum()
        # The colours are out of step.
        assert np.corrcoef(change[..., 0].ravel(), change[..., 2].ravel())[0, 1] < 0.6


def test_rolling_shutter_moves_each_row_by_where_the_camera_was() -> None:
    """A vertical edge of a smooth profile: its place in each row is measured to a tenth of a pixel."""
    columns = np.arange(300, dtype=np.float32)
    profile = 1 / (1 + np.exp(-(columns - 150) / 3))
    image = np.broadcast_to(profile[None, :, None], (200, 300, 3)).astype(np.float32)
    for seed in range(4):
        shifts = rolling_shutter.row_shifts(200, seeded(seed))
        assert shifts.max() == pytest.approx(0.5) and shifts.min() == pytest.approx(-0.5)
        result = rolling_shutter.rolling_shutter(image, 0.1, seeded(seed))
        # The area under the falling part tells the edge's place.
        place = np.array([np.interp(0.5, row, columns) for row in result[..., 0]])
        np.testing.assert_allclose(place - 150, 30 * shifts, atol=0.1)
