"""Effects: nothing on identical pairs, what is there on planted ones, and one sentence for what cannot be compared."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from exiqa.bank.linking.effects import EFFECTS as VOCABULARY
from exiqa.core.errors import UserError
from exiqa.iqadata.distortions.registry import DISTORTIONS, distort
from exiqa.iqadata.effects import DECLARED, EFFECTS, measure_effects
from exiqa.iqadata.photos import fit, packaged_photos

_NAMES = list(EFFECTS)
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return fit(packaged_photos()["chelsea"](), 256, 384)


def _seen(reference: np.ndarray, distorted: np.ndarray) -> dict[str, float]:
    return dict(zip(_NAMES, measure_effects(reference, distorted).visibility.tolist(), strict=True))


def test_every_word_of_the_vocabulary_is_measured_and_documented() -> None:
    assert list(VOCABULARY) == _NAMES
    for id, effect in EFFECTS.items():
        assert effect.id == id
        assert 0 < effect.visible < effect.complete
        assert len(effect.definition) > 40, id
        assert effect.visibility(effect.visible) == 0 and effect.visibility(effect.complete) == 1


def test_every_distortion_declares_one_to_three_effects() -> None:
    assert set(DECLARED) == set(DISTORTIONS.own)
    for effects in DECLARED.values():
        assert 1 <= len(effects) <= 3 and set(effects) <= set(EFFECTS)


@pytest.mark.parametrize("name", ["chelsea", "hubble_deep_field", "coffee"])
def test_an_identical_pair_shows_nothing(name: str) -> None:
    picture = fit(packaged_photos()[name](), 96, 131)
    measured = measure_effects(picture, picture.copy())
    # What single precision leaves is far from what is visible.
    assert (measured.values <= [0.02 * effect.visible for effect in EFFECTS.values()]).all()
    assert not measured.visibility.any()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_constant_picture_shows_nothing_beside_itself_and_its_tone_beside_another(value: int) -> None:
    flat = np.full((96, 128, 3), value, np.uint8)
    assert not measure_effects(flat, flat).visibility.any()
    seen = _seen(flat, np.full_like(flat, 60))
    assert seen["darker" if value > 60 else "brighter"] > 0.5


def test_a_grey_pair_has_no_colour_effects_but_grain_and_blur(photo: np.ndarray) -> None:
    grey = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    seen = _seen(grey, cv2.GaussianBlur(grey, (0, 0), 2))
    assert seen["blur"] > 0.3
    for effect in ("color_grain", "color_cast", "more_saturation", "less_saturation", "false_hues", "color_bleeding"):
        assert seen[effect] == 0, effect


def test_noise_of_known_strength_is_measured_as_such(photo: np.ndarray) -> None:
    smooth = cv2.GaussianBlur(photo, (0, 0), 6).clip(40, 215).astype(np.uint8)
    noise = np.random.default_rng(0).normal(0, 8, (*smooth.shape[:2], 1))
    measured = measure_effects(smooth, np.rint(smooth + noise).clip(0, 255).astype(np.uint8))
    # The finest band keeps .87 of white noise: 1 − 2·g(0) + Σg² with the Gaussian's taps g.
    taps = cv2.getGaussianKernel(9, 1)
    kept = np.sqrt(1 - 2 * (taps**2).max() + (taps**2).sum() ** 2)
    levels = 2 * (2.0 ** measured.values[_NAMES.index("fine_grain")] - 1)
    assert levels == pytest.approx(8 * kept, rel=0.1)
    assert not measured.visibility[_NAMES.index("color_grain")]


def test_a_shift_of_known_size_is_measured_as_such(photo: np.ndarray) -> None:
    compressed = (photo * 0.6 + 40).astype(np.uint8)
    values = measure_effects(compressed, (compressed + 30).astype(np.uint8)).values
    assert values[_NAMES.index("brighter")] == pytest.approx(30, abs=0.5)
    values = measure_effects(compressed, (compressed - 20).astype(np.uint8)).values
    assert values[_NAMES.index("darker")] == pytest.approx(20, abs=0.5)


def test_contrast_of_known_slope_is_measured_as_such(photo: np.ndarray) -> None:
    lessened = np.rint(photo * 0.5 + 0.5 * photo.mean()).astype(np.uint8)
    values = measure_effects(photo, lessened).values
    assert values[_NAMES.index("less_contrast")] == pytest.approx(np.log(2), abs=0.12)
    assert values[_NAMES.index("more_contrast")] == 0


def test_specks_are_counted(photo: np.ndarray) -> None:
    smooth = cv2.GaussianBlur(photo, (0, 0), 3)
    spotted = smooth.copy()
    rng = np.random.default_rng(1)
    places = rng.choice(smooth.shape[0] * smooth.shape[1], 500, replace=False)
    spotted.reshape(-1, 3)[places] = 255 * rng.integers(0, 2, (500, 1))
    value = measure_effects(smooth, spotted).values[_NAMES.index("specks")]
    assert value**2 == pytest.approx(500 / (smooth.shape[0] * smooth.shape[1]), rel=0.3)


def test_few_colours_are_seen_as_steps_and_as_dots_at_any_size_and_copied_pieces_as_patches() -> None:
    photo = fit(packaged_photos()["motorcycle_left"](), 384, 512)
    seen = _seen(photo, distort(photo, "color_quantization", 5))
    assert seen["posterized"] > 0.3 and seen["dither"] > 0.5
    seen = _seen(photo, distort(photo, "non_eccentricity_patch", 5))
    assert seen["patches"] > 0.15


def test_rows_out_of_place_are_measured_in_pixels(photo: np.ndarray) -> None:
    moved = photo.copy()
    moved[::2] = photo[::2]
    half = photo.shape[0] // 2
    moved[:half] = np.roll(photo[:half], 12, axis=1)
    value = measure_effects(photo, moved).values[_NAMES.index("displaced_rows")]
    # Half of the strips are 12 pixels off, and the median lies among the others or between.
    assert value == pytest.approx(6, abs=1.5)


@pytest.mark.parametrize(
    ("distortion", "level", "dataset"),
    [
        ("gaussian_blur", 4, "kadid10k"),
        ("jpeg", 5, "kadid10k"),
        ("white_noise", 5, "kadid10k"),
        ("impulse_noise", 4, "kadid10k"),
        ("pixelate", 5, "kadid10k"),
        ("quantization", 4, "kadid10k"),
        ("color_block", 3, "kadid10k"),
        ("color_saturation_1", 3, "kadid10k"),
        ("darken", 5, "kadid10k"),
        ("color_cast", 5, "authentic"),
        ("rolling_shutter", 4, "authentic"),
    ],
)
def test_a_strong_distortion_shows_a_declared_effect_and_where(
    photo: np.ndarray, distortion: str, level: int, dataset: str
) -> None:
    measured = measure_effects(photo, distort(photo, distortion, level, dataset), maps=True)
    assert measured.maps is not None
    assert measured.maps.shape == (len(EFFECTS), *photo.shape[:2]) and measured.maps.dtype == np.float32
    peaks = measured.maps.max(axis=(1, 2))
    np.testing.assert_allclose(peaks[measured.visibility == 0], 0)
    assert measured.maps.min() >= 0 and np.isfinite(measured.maps).all()
    first = DECLARED[distortion][0]
    assert measured.visibility[_NAMES.index(first)] > 0.3
    assert peaks[_NAMES.index(first)] == pytest.approx(measured.visibility[_NAMES.index(first)], abs=1e-4)


def test_the_map_shows_the_place(photo: np.ndarray) -> None:
    pasted = photo.copy()
    pasted[40:72, 200:232] = (250, 20, 200)
    measured = measure_effects(photo, pasted, maps=True)
    assert measured.maps is not None
    where = measured.maps[_NAMES.index("patches")] > 0
    inside = np.zeros_like(where)
    inside[32:80, 192:240] = True
    assert where[44:68, 204:228].mean() > 0.8 and (where & ~inside).sum() < 50


@pytest.mark.parametrize("size", [(96, 96), (97, 180), (211, 130), (300, 301)])
def test_any_size_from_96_is_measured(size: tuple[int, int]) -> None:
    picture = fit(packaged_photos()["astronaut"](), *size)
    noisy = distort(picture, "white_noise", 5)
    measured = measure_effects(picture, noisy, maps=True)
    assert np.isfinite(measured.values).all() and (measured.values >= 0).all()
    assert measured.visibility[_NAMES.index("fine_grain")] > 0.4


def test_a_large_picture_is_measured_at_the_size_at_which_it_is_seen_whole() -> None:
    picture = fit(packaged_photos()["coffee"](), 600, 900)
    measured = measure_effects(picture, cv2.GaussianBlur(picture, (0, 0), 6), maps=True)
    assert measured.maps is not None and measured.maps.shape[1:] == (600, 900)
    assert measured.visibility[_NAMES.index("blur")] > 0.4


def test_what_cannot_be_compared_is_refused_in_one_sentence(photo: np.ndarray) -> None:
    other = fit(packaged_photos()["coffee"](), *photo.shape[:2])
    cases = {
        "384×256 and the distorted picture 300×256": (photo, photo[:, :300]),
        "at least 96×96, not 384×95": (photo[:95], photo[:95]),
        r"give \(H, W, 3\) uint8": (photo[..., 0], photo[..., 0]),
        "float32 of shape": (photo.astype(np.float32), photo),
        "something else": (photo, other),
    }
    for message, (reference, distorted) in cases.items():
        with pytest.raises(UserError, match=message):
            measure_effects(reference, distorted)
