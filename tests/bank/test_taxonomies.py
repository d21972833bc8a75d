"""The shipped taxonomies say what the datasets' own documentation says; `authentic` is this project's own."""

from __future__ import annotations

import pytest

from exiqa.bank.taxonomy import load_taxonomy, shipped_taxonomies

CODES = {
    "kadid10k": {
        "01": "gaussian_blur",
        "02": "lens_blur",
        "03": "motion_blur",
        "04": "color_diffusion",
        "05": "color_shift",
        "06": "color_quantization",
        "07": "color_saturation_1",
        "08": "color_saturation_2",
        "09": "jpeg2000",
        "10": "jpeg",
        "11": "white_noise",
        "12": "white_noise_color_component",
        "13": "impulse_noise",
        "14": "multiplicative_noise",
        "15": "denoise",
        "16": "brighten",
        "17": "darken",
        "18": "mean_shift",
        "19": "jitter",
        "20": "non_eccentricity_patch",
        "21": "pixelate",
        "22": "quantization",
        "23": "color_block",
        "24": "high_sharpen",
        "25": "contrast_change",
    },
    "tid2013": {
        "01": "white_noise",
        "02": "color_noise",
        "03": "spatially_correlated_noise",
        "04": "masked_noise",
        "05": "high_frequency_noise",
        "06": "impulse_noise",
        "07": "quantization",
        "08": "gaussian_blur",
        "09": "denoise",
        "10": "jpeg",
        "11": "jpeg2000",
        "12": "jpeg_transmission",
        "13": "jpeg2000_transmission",
        "14": "non_eccentricity_patch",
        "15": "local_block",
        "16": "mean_shift",
        "17": "contrast_change",
        "18": "color_saturation_change",
        "19": "multiplicative_noise",
        "20": "comfort_noise",
        "21": "noisy_compression",
        "22": "color_quantization",
        "23": "chromatic_aberration",
        "24": "sparse_sampling",
    },
    "csiq": {
        "awgn": "white_noise",
        "blur": "gaussian_blur",
        "contrast": "contrast_decrease",
        "fnoise": "pink_noise",
        "jpeg": "jpeg",
        "jpeg2000": "jpeg2000",
    },
    "live": {
        "jp2k": "jpeg2000",
        "jpeg": "jpeg",
        "wn": "white_noise",
        "gblur": "gaussian_blur",
        "fastfading": "fast_fading",
    },
    "lvq": {
        "noise": "white_noise",
        "defocus_blur": "defocus_blur",
        "uneven_illumination": "uneven_illumination",
        "motion_blur": "motion_blur",
        "smoke": "smoke",
    },
    "authentic": {
        "01": "defocus",
        "02": "camera_shake",
        "03": "subject_motion",
        "04": "underexposure",
        "05": "overexposure",
        "06": "low_light_noise",
        "07": "oversmoothing",
        "08": "oversharpening",
        "09": "repeated_jpeg",
        "10": "upscaling",
        "11": "haze",
        "12": "veiling_glare",
        "13": "color_cast",
        "14": "dull_color",
        "15": "excessive_saturation",
        "16": "low_local_contrast",
        "17": "excessive_local_contrast",
        "18": "vignetting",
        "19": "lateral_chromatic_aberration",
        "20": "lens_flare",
        "21": "banding",
        "22": "moire",
        "23": "rolling_shutter",
    },
}
LEVELS = {"kadid10k": 5, "tid2013": 5, "csiq": 5, "live": 5, "lvq": 4, "authentic": 5}


def test_the_six_are_shipped() -> None:
    assert set(shipped_taxonomies()) == set(CODES)


@pytest.mark.parametrize("name", CODES)
def test_codes_and_ids(name: str) -> None:
    taxonomy = load_taxonomy(name)
    assert taxonomy.id == name
    assert {distortion.code: distortion.id for distortion in taxonomy.distortions} == CODES[name]


@pytest.mark.parametrize("name", ["kadid10k", "tid2013", "authentic"])
def test_numbered_codes_are_in_order(name: str) -> None:
    codes = [distortion.code for distortion in load_taxonomy(name).distortions]
    assert codes == [f"{number:02d}" for number in range(1, len(codes) + 1)]


@pytest.mark.parametrize("name", CODES)
def test_levels(name: str) -> None:
    levels = {distortion.id: distortion.levels for distortion in load_taxonomy(name).distortions}
    # CSIQ's contrast is the one distortion with a number of its own.
    assert levels == {id_: 4 if id_ == "contrast_decrease" else LEVELS[name] for id_ in CODES[name].values()}


@pytest.mark.parametrize("name", CODES)
def test_every_distortion_is_explained(name: str) -> None:
    taxonomy = load_taxonomy(name)
    assert taxonomy.source
    explanations = [distortion.explanation for distortion in taxonomy.distortions]
    assert len(set(explanations)) == len(explanations)
    for explanation in explanations:
        assert len(explanation.split()) >= 10
        assert explanation.endswith(".")
