"""What every distortion promises, at every level of every dataset."""

from __future__ import annotations

import itertools
import math
import pickle

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, stretch, to_bytes
from exiqa.iqadata.distortions.registry import (
    DISTORTIONS,
    LEVELS,
    apply,
    distort,
    is_approximate,
    levels_of,
    parameter_of,
    random_generator,
)
from exiqa.iqadata.distortions.strength import magnitude
from exiqa.iqadata.photos import fit, packaged_photos

OF_LENGTH = {
    "gaussian_blur", "lens_blur", "color_diffusion", "color_shift", "non_eccentricity_patch", "color_block",
    "local_block", "high_sharpen", "chromatic_aberration",
}  # fmt: skip
"""Distortions all of whose effect has a length or an area, and none a grain of one pixel or a cost of bits."""

SHIPPED = {distortion: DISTORTIONS[distortion] for distortion in DISTORTIONS.own}
CELLS = [(dataset, distortion) for dataset, levels in LEVELS.items() for distortion in levels]


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    """Ten real photos, 192×128, of values from 0 to 255: what a stretch leaves alone."""
    return [full_range(fit(read(), 128, 192)) for read in packaged_photos().values()]


@pytest.fixture(scope="module")
def large_photos() -> list[np.ndarray]:
    """Three real photos, 512×384: ten would take minutes."""
    return [full_range(fit(packaged_photos()[name](), 384, 512)) for name in ("coffee", "china", "astronaut")]


def full_range(photo: np.ndarray) -> np.ndarray:
    return to_bytes(stretch(from_bytes(photo)))


def mean_square(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.mean((first.astype(np.float32) - second) ** 2))


@pytest.mark.parametrize("dataset", LEVELS)
def test_levels_are_those_of_the_taxonomy(dataset: str) -> None:
    taxonomy = load_taxonomy(dataset)
    assert taxonomy.ids == tuple(LEVELS[dataset])
    assert [d.levels for d in taxonomy.distortions] == [len(levels) for levels in LEVELS[dataset].values()]


def test_every_distortion_is_used_and_used_ones_exist() -> None:
    assert {distortion for _, distortion in CELLS} == set(SHIPPED)
    assert all(spec.id == key for key, spec in SHIPPED.items())
    assert all(spec.kin is None or spec.kin in SHIPPED for spec in SHIPPED.values())
    assert len(SHIPPED) == 43 + len(LEVELS["authentic"])


def test_specs_travel_to_workers() -> None:
    assert pickle.loads(pickle.dumps(SHIPPED)) == SHIPPED


@pytest.mark.parametrize("distortion", SHIPPED)
def test_no_change_at_the_no_change_parameter(photos: list[np.ndarray], distortion: str) -> None:
    spec = DISTORTIONS[distortion]
    for photo in photos[::3]:
        image = photo.astype(np.float32) / 255
        result = apply(image, distortion, spec.no_change, random_generator(distortion, 0))
        assert not np.shares_memory(result, image)
        assert np.abs(result - image).mean() <= spec.tolerance + 1e-6
        assert magnitude(distortion, spec.no_change) == 0


@pytest.fixture(scope="module")
def twelve_megapixels() -> list[np.ndarray]:
    """One real photo, 4000×3000."""
    return [full_range(fit(packaged_photos()["coffee"](), 3000, 4000))]


@pytest.mark.parametrize(
    ("size", "seeds"),
    [("photos", 3), ("large_photos", 5), pytest.param("twelve_megapixels", 12, marks=pytest.mark.large)],
    ids=["192x128", "512x384", "4000x3000"],
)
@pytest.mark.parametrize(("dataset", "distortion"), CELLS)
def test_fidelity_does_not_rise_with_magnitude(
    request: pytest.FixtureRequest, dataset: str, distortion: str, size: str, seeds: int
) -> None:
    """The mean squared error over the photos grows with |g(p) − g(p₀)|; all levels of a photo share a seed.

    What a lost byte costs varies a thousandfold, so transmission errors are averaged in decibels, over several seeds a
    photo. Pixelate's second level costs more than its third in the authors' own outputs too (25.1 and 25.3 dB), for
    their sampling moves the picture by up to a pixel.
    """
    levels = range(1, len(levels_of(dataset, distortion)) + 1)
    heavy_tailed = DISTORTIONS[distortion].kind == "transmission"
    cases = list(enumerate(request.getfixturevalue(size) * (seeds if heavy_tailed else 1)))
    errors = {
        level: np.array([mean_square(distort(photo, distortion, level, dataset, seed), photo) for seed, photo in cases])
        for level in levels
    }
    error = {
        level: np.exp(np.mean(np.log(each + 1e-3))) if heavy_tailed else np.mean(each) for level, each in errors.items()
    }
    slack = 0.9 if distortion == "pixelate" else 0.999
    strength = {level: magnitude(distortion, parameter_of(dataset, distortion, level)) for level in levels}
    order = sorted(levels, key=lambda level: strength[level])
    for weaker, stronger in itertools.pairwise(order):
        if strength[stronger] > strength[weaker] + 1e-9:
            assert error[stronger] >= error[weaker] * slack, (weaker, stronger, error)
    assert error[order[-1]] > 0


@pytest.mark.parametrize(("dataset", "distortion"), CELLS)
def test_shape_range_purity_and_repeatability(photos: list[np.ndarray], dataset: str, distortion: str) -> None:
    image = full_range(photos[0][:48, :61])
    before = image.copy()
    level = len(levels_of(dataset, distortion))
    first = distort(image, distortion, level, dataset, seed=7)
    assert (first.shape, first.dtype) == (image.shape, np.dtype(np.uint8))
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(first, distort(image, distortion, level, dataset, seed=7))

    exact = image.astype(np.float32) / 255
    floats = distort(exact, distortion, level, dataset, seed=7)
    assert (floats.shape, floats.dtype) == (image.shape, np.dtype(np.float32))
    assert floats.min() >= 0 and floats.max() <= 1
    np.testing.assert_array_equal(exact, before.astype(np.float32) / 255)
    assert np.abs(floats * 255 - first).max() <= 0.5 + 1e-4


@settings(max_examples=120, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    seed=st.integers(0, 2**63 - 1),
    fill=st.sampled_from(["noise", "black", "white", "grey photo"]),
)
def test_any_small_image(cell: tuple[str, str], height: int, width: int, seed: int, fill: str) -> None:
    dataset, distortion = cell
    values = np.random.default_rng(seed)
    shape = (height, width, 3)
    image = {
        "noise": values.integers(0, 256, shape, dtype=np.uint8),
        "black": np.zeros(shape, np.uint8),
        "white": np.full(shape, 255, np.uint8),
        "grey photo": np.repeat(values.integers(0, 256, (height, width, 1), dtype=np.uint8), 3, axis=2),
    }[fill]
    for level in (1, len(levels_of(dataset, distortion))):
        result = distort(image, distortion, level, dataset, seed)
        assert (result.shape, result.dtype) == (shape, np.dtype(np.uint8))
        floats = distort(image.astype(np.float32) / 255, distortion, level, dataset, seed)
        assert np.isfinite(floats).all() and floats.min() >= 0 and floats.max() <= 1


@pytest.fixture(scope="module")
def one_picture() -> dict[tuple[int, int], np.ndarray]:
    """A photo without detail below a few pixels of 192×128, at several sizes: the same picture."""
    small = cv2.GaussianBlur(fit(packaged_photos()["coffee"](), 128, 192), (0, 0), 1.2)
    sizes = ((128, 192), (384, 576), (1500, 2250))
    return {size: full_range(cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)) for size in sizes}


@pytest.mark.parametrize("distortion", SHIPPED)
def test_a_large_photo(one_picture: dict[tuple[int, int], np.ndarray], distortion: str) -> None:
    """Once a distortion, at its strongest level; `test_twelve_megapixels` is on a larger one, at all levels."""
    dataset = next(name for name, levels in LEVELS.items() if distortion in levels)
    small, middle, photo = one_picture.values()
    level = len(levels_of(dataset, distortion))
    image = checked_distort(photo, distortion, level, dataset)
    assert not np.array_equal(image, photo)
    if distortion in OF_LENGTH:
        assert_as_strong([small, middle], distortion, level, dataset, mean_square(image, photo))


@pytest.mark.large
@pytest.mark.parametrize(("dataset", "distortion"), CELLS)
def test_twelve_megapixels(one_picture: dict[tuple[int, int], np.ndarray], dataset: str, distortion: str) -> None:
    small, middle, _ = one_picture.values()
    photo = full_range(cv2.resize(small, (4000, 3000), interpolation=cv2.INTER_CUBIC))
    for level in distinguishable_levels(dataset, distortion, 3000, 4000):
        image = checked_distort(photo, distortion, level, dataset)
        assert not np.array_equal(image, photo)
        if distortion in OF_LENGTH:
            assert_as_strong([small, middle], distortion, level, dataset, mean_square(image, photo))


def checked_distort(photo: np.ndarray, distortion: str, level: int, dataset: str) -> np.ndarray:
    """The distorted photo, of whose shape and type it must be; the photo must stay as it was."""
    before = photo[::50, ::50].copy()
    image = distort(photo, distortion, level, dataset, 0)
    assert (image.shape, image.dtype) == (photo.shape, np.dtype(np.uint8))
    np.testing.assert_array_equal(photo[::50, ::50], before)
    return image


def assert_as_strong(smaller: list[np.ndarray], distortion: str, level: int, dataset: str, error: float) -> None:
    """What has a length is as long, and so costs as much, in any size of the same picture. Below 1, rounding costs."""
    errors = [error, *(mean_square(distort(photo, distortion, level, dataset, 0), photo) for photo in smaller)]
    assert max(errors) < max(1, 2 * min(errors)), errors


def test_kadids_levels_are_stretched_and_no_other_sets_are() -> None:
    """Of a dull photo, a level without any change is the photo at full contrast, as its authors' generator makes it."""
    dull = (40 + 0.6 * fit(packaged_photos()["chelsea"](), 60, 80)).astype(np.uint8)
    result = distort(dull, "mean_shift", 3)
    assert (dull.min() > 30, result.min(), result.max()) == (True, 0, 255)
    np.testing.assert_array_equal(result, full_range(dull))
    np.testing.assert_array_equal(distort(dull, "mean_shift", 3, stretched=False), dull)
    # +.15 takes the mean up and, unlike the shift alone, keeps black.
    lifted = distort(full_range(dull), "mean_shift", 1)
    assert lifted.min() == 0 and lifted.mean() > full_range(dull).mean()
    tid = distort(dull, "mean_shift", 5, "tid2013")
    np.testing.assert_array_equal(tid, np.rint(np.minimum(dull / np.float32(255) + np.float32(0.089), 1) * 255))
    flat = np.full((8, 9, 3), 99, np.uint8)
    np.testing.assert_array_equal(distort(flat, "gaussian_blur", 3), flat)


def test_random_distortions_depend_on_the_seed(photos: list[np.ndarray]) -> None:
    fixed = {d for d in SHIPPED if _same_for_all_seeds(photos[1][:64, :64], d)}
    assert fixed == {
        "gaussian_blur", "lens_blur", "defocus_blur", "color_diffusion", "color_quantization", "color_saturation_1",
        "color_saturation_2", "color_saturation_change", "jpeg", "jpeg2000", "brighten", "darken", "mean_shift",
        "pixelate", "quantization", "high_sharpen", "contrast_change", "contrast_decrease", "underexposure",
        "overexposure", "oversmoothing", "oversharpening", "dull_color", "excessive_saturation", "low_local_contrast",
        "excessive_local_contrast", "vignetting", "lateral_chromatic_aberration", "banding",
    }  # fmt: skip


def _same_for_all_seeds(image: np.ndarray, distortion: str) -> bool:
    dataset = next(dataset for dataset, levels in LEVELS.items() if distortion in levels)
    level = len(LEVELS[dataset][distortion])
    level = 1 if distortion == "local_block" else level
    results = [distort(image, distortion, level, dataset, seed).tobytes() for seed in range(4)]
    return len(set(results)) == 1


def test_two_noises_with_one_seed_are_different_noises(photos: list[np.ndarray]) -> None:
    gray = np.full((64, 64, 3), 0.5, np.float32)
    first = distort(gray, "white_noise", 5) - gray
    second = distort(gray, "color_noise", 5, "tid2013") - gray
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize("distortion", LEVELS["kadid10k"])
def test_bytes_do_not_depend_on_the_number_of_threads(distortion: str) -> None:
    image = fit(packaged_photos()["coffee"](), 200, 300)
    threads = cv2.getNumThreads()
    try:
        results = []
        for count in (1, 4):
            cv2.setNumThreads(count)
            results.append(distort(image, distortion, 5))
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(*results)


def test_views_and_reversed_memory_are_read_right() -> None:
    image = fit(packaged_photos()["chelsea"](), 40, 60).astype(np.float32) / 255
    flipped = image[::-1, :, ::-1]
    for distortion in LEVELS["kadid10k"]:
        np.testing.assert_array_equal(
            distort(flipped, distortion, 3), distort(np.ascontiguousarray(flipped), distortion, 3)
        )


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8), np.float32),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 8, 3), np.float64),
        np.zeros((8, 8, 3), np.uint16),
    ],
)
def test_other_arrays_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="an image is"):
        distort(image, "white_noise", 1)


@pytest.mark.parametrize(
    ("distortion", "level", "dataset", "said"),
    [
        ("white_noise", 0, "kadid10k", "levels 1 to 5, not 0"),
        ("contrast_decrease", 5, "csiq", "levels 1 to 4, not 5"),
        ("smoke", 1, "csiq", "csiq has no distortion 'smoke'"),
        ("white_noise", 1, "koniq", "no levels for a dataset 'koniq'"),
    ],
)
def test_unknown_names_and_levels_are_the_users_to_mend(distortion: str, level: int, dataset: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        distort(np.zeros((8, 8, 3), np.uint8), distortion, level, dataset)


def test_what_is_approximate() -> None:
    assert [d for d in LEVELS["kadid10k"] if is_approximate("kadid10k", d)] == ["denoise"]
    assert all(is_approximate(dataset, d) for dataset, d in CELLS if dataset != "kadid10k")


def test_magnitudes_are_finite_and_nonnegative() -> None:
    for dataset, distortion in CELLS:
        sizes = [magnitude(distortion, p) for p in levels_of(dataset, distortion)]
        assert all(math.isfinite(size) and size >= 0 for size in sizes) and max(sizes) > 0
