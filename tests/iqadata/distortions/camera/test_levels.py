"""The camera family's levels keep their rule, and its parameters mean the same at every size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from exiqa.iqadata.distortions.camera.levels import AUTHENTIC_LEVELS, BY_EYE
from exiqa.iqadata.distortions.numerics.colorspace import from_bytes
from exiqa.iqadata.distortions.registry import DISTORTIONS, LEVELS, apply, is_approximate, random_generator
from exiqa.iqadata.distortions.variants.matching import mean_error, scenes
from exiqa.iqadata.photos import fit, packaged_photos


def test_the_family_is_the_dataset() -> None:
    assert list(LEVELS["authentic"]) == [d for d in DISTORTIONS.own if DISTORTIONS[d].kind == "camera"]
    assert all(is_approximate("authentic", distortion) for distortion in AUTHENTIC_LEVELS)
    assert all(len(levels) == 5 for levels in AUTHENTIC_LEVELS.values())


@pytest.mark.parametrize("distortion", [d for d in AUTHENTIC_LEVELS if d not in BY_EYE])
def test_the_error_doubles_with_each_level(distortion: str) -> None:
    function = DISTORTIONS[distortion].function
    errors = [mean_error(function, parameter, scenes()) for parameter in AUTHENTIC_LEVELS[distortion]]
    ratios = np.array(errors[1:]) / errors[:-1]
    assert ratios.min() > 1.8 and ratios.max() < 2.25, ratios


@pytest.mark.parametrize("distortion", sorted(BY_EYE))
def test_the_error_grows_by_steps_of_one_to_five_decibels_where_levels_are_chosen_by_eye(distortion: str) -> None:
    function = DISTORTIONS[distortion].function
    errors = [mean_error(function, parameter, scenes()) for parameter in AUTHENTIC_LEVELS[distortion]]
    steps = 10 * np.log10(np.array(errors[1:]) / errors[:-1])
    assert steps.min() > 1 and steps.max() < 5, steps


# Noise, codecs and the loss of pixels are about single pixels, of which a larger picture has more.
_OF_PIXELS = {"low_light_noise", "repeated_jpeg", "upscaling"}


@pytest.mark.parametrize("distortion", [d for d in AUTHENTIC_LEVELS if d not in _OF_PIXELS])
def test_a_parameter_means_the_same_at_every_size(distortion: str) -> None:
    """The fault of a large picture, made small, is the fault of the small picture."""
    large = from_bytes(fit(packaged_photos()["retina"](), 768, 1024))
    small = cv2.resize(large, (256, 192), interpolation=cv2.INTER_AREA)
    parameter = AUTHENTIC_LEVELS[distortion][3]
    seen = apply(large, distortion, parameter, random_generator(distortion, 1))
    seen = cv2.resize(seen, (256, 192), interpolation=cv2.INTER_AREA)
    expected = apply(small, distortion, parameter, random_generator(distortion, 1))
    fault = np.mean((expected - small) ** 2)
    assert np.mean((seen - expected) ** 2) < 0.25 * fault
