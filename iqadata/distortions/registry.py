"""Every distortion, the levels each dataset has it at, and the one call that applies them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exiqa.core.errors import UserError
from exiqa.iqadata.distortions.camera.specs import camera_specs
from exiqa.iqadata.distortions.levels import APPROXIMATE_LEVELS, LEVELS, STRETCHED
from exiqa.iqadata.distortions.numerics.colorspace import (
    clip,
    from_bytes,
    stretch,
    stretched_from_bytes,
    stretched_to_bytes,
    to_bytes,
)
from exiqa.iqadata.distortions.published import blur, color, compression, noise, scene, spatial, tone, transmission
from exiqa.iqadata.distortions.published import denoise as denoising

DistortionFunction = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def _linear(parameter: float) -> float:
    return parameter


def _root(parameter: float) -> float:
    """Variances as standard deviations."""
    return math.sqrt(parameter)


def _doublings(ratio: float) -> float:
    """Compression ratios as doublings."""
    return math.log2(ratio)


def _step(levels: float) -> float:
    """Numbers of grey levels as the step between them."""
    return 1 / levels


def _color_step(colors: float) -> float:
    """Numbers of colours as the distance between them in a three-dimensional space."""
    return colors ** (-1 / 3)


def _quantizer_scale(quality: float) -> float:
    """JPEG quality as libjpeg's scale of the quantisation tables, in percent: 0 at 100, 1250 at 4."""
    return 5000 / quality if quality < 50 else 200 - 2 * quality


def _shrink(strength: float) -> float:
    """Pixelate's strength as the share of the size that is lost."""
    return strength**0.6


def _flips(snr: float) -> float:
    """A signal-to-noise ratio in dB as noise power: 0 at ∞."""
    return 10 ** (-snr / 10)


_KADID = "KADID-10k (Lin, Hosu, Saupe 2019)"
_TID = "TID2013 (Ponomarenko et al. 2015)"
_CSIQ = "CSIQ (Larson, Chandler 2010)"
_LIVE = "LIVE R2 (Sheikh, Sabir, Bovik 2006)"
_LVQ = "LVQ (Khan et al. 2020)"


@dataclass(frozen=True)
class DistortionSpec:
    """One distortion: how it is applied and how its parameter is read."""

    id: str
    kind: str
    """The group it is shown in: blur, noise, color, compression, transmission, tone, spatial, scene, camera."""
    function: DistortionFunction
    """(image (H, W, 3) float32 in [0, 1], parameter, rng) -> the same, a new array."""
    parameter: str
    """What the parameter is, with its unit."""
    no_change: float
    """p₀: the parameter that leaves the image as it is."""
    magnitude: Callable[[float], float] = _linear
    """g: |g(p) − g(p₀)| grows with the change that p makes."""
    tolerance: float = 0.0
    """The largest mean absolute difference at p₀, in [0, 1]: 0 but for codecs."""
    approximate: bool = False
    """The function differs from the original in kind, not only in its random numbers: its docstring says how."""
    kin: str | None = None
    """For a distortion that no public dataset has rated: the nearest one that has been."""
    source: str = _KADID
    """Where the definition comes from."""


_SPECS = (
    DistortionSpec("gaussian_blur", "blur", blur.gaussian_blur, "σ in pixels", 0),
    DistortionSpec("lens_blur", "blur", blur.lens_blur, "radius in pixels", 0),
    DistortionSpec("motion_blur", "blur", blur.motion_blur, "length in pixels", 1),
    DistortionSpec("color_diffusion", "color", color.color_diffusion, "amount", 0),
    DistortionSpec("color_shift", "color", color.color_shift, "shift in pixels", 0),
    DistortionSpec(
        "color_quantization", "color", color.color_quantization, "colours", color.ALL_COLORS, magnitude=_color_step
    ),
    DistortionSpec("color_saturation_1", "color", color.color_saturation_1, "factor on HSV's S", 1),
    DistortionSpec("color_saturation_2", "color", color.color_saturation_2, "factor on Lab's a and b", 1),
    DistortionSpec(
        "jpeg2000", "compression", compression.jpeg2000, "compression ratio", 1, magnitude=_doublings, tolerance=0.002
    ),
    DistortionSpec(
        "jpeg", "compression", compression.jpeg, "quality", 100, magnitude=_quantizer_scale, tolerance=0.015
    ),
    DistortionSpec("white_noise", "noise", noise.white_noise, "variance", 0, magnitude=_root),
    DistortionSpec(
        "white_noise_color_component", "noise", noise.white_noise_color_component, "variance", 0, magnitude=_root
    ),
    DistortionSpec("impulse_noise", "noise", noise.impulse_noise, "density", 0, magnitude=_root),
    DistortionSpec("multiplicative_noise", "noise", noise.multiplicative_noise, "variance", 0, magnitude=_root),
    DistortionSpec(
        "denoise", "noise", denoising.denoise, "variance of the noise", 0, magnitude=_root, approximate=True
    ),
    DistortionSpec("brighten", "tone", tone.brighten, "amount", 0),
    DistortionSpec("darken", "tone", tone.darken, "amount", 0),
    DistortionSpec("mean_shift", "tone", tone.mean_shift, "shift of the [0, 1] scale", 0),
    DistortionSpec("jitter", "spatial", spatial.jitter, "σ of the offsets in pixels", 0),
    DistortionSpec("non_eccentricity_patch", "spatial", spatial.non_eccentricity_patch, "patches", 0),
    DistortionSpec("pixelate", "spatial", spatial.pixelate, "strength", 0, magnitude=_shrink),
    DistortionSpec("quantization", "tone", tone.quantization, "thresholds", tone.ALL_LEVELS, magnitude=_step),
    DistortionSpec("color_block", "spatial", spatial.color_block, "blocks", 0),
    DistortionSpec("high_sharpen", "tone", tone.high_sharpen, "amount", 0),
    DistortionSpec("contrast_change", "tone", tone.contrast_change, "amount", -0.2),
    DistortionSpec("color_noise", "noise", noise.color_noise, "variance in Y", 0, magnitude=_root, source=_TID),
    DistortionSpec(
        "spatially_correlated_noise",
        "noise",
        noise.spatially_correlated_noise,
        "variance",
        0,
        magnitude=_root,
        source=_TID,
    ),
    DistortionSpec(
        "masked_noise", "noise", noise.masked_noise, "mean variance", 0, magnitude=_root, approximate=True, source=_TID
    ),
    DistortionSpec(
        "high_frequency_noise", "noise", noise.high_frequency_noise, "variance", 0, magnitude=_root, source=_TID
    ),
    DistortionSpec(
        "jpeg_transmission",
        "transmission",
        transmission.jpeg_transmission,
        "share of bytes replaced",
        0,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec(
        "jpeg2000_transmission",
        "transmission",
        transmission.jpeg2000_transmission,
        "share of bytes replaced",
        0,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec("local_block", "spatial", spatial.local_block, "blocks", 0, approximate=True, source=_TID),
    DistortionSpec(
        "color_saturation_change", "color", color.color_saturation_change, "factor on Cb and Cr", 1, source=_TID
    ),
    DistortionSpec(
        "comfort_noise",
        "noise",
        noise.comfort_noise,
        "amplitude of the detail replaced",
        0,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec(
        "noisy_compression",
        "compression",
        compression.noisy_compression,
        "variance of the noise",
        0,
        magnitude=_root,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec(
        "chromatic_aberration",
        "color",
        color.chromatic_aberration,
        "shift in pixels",
        0,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec(
        "sparse_sampling",
        "spatial",
        spatial.sparse_sampling,
        "share of pixels kept",
        1,
        approximate=True,
        source=_TID,
    ),
    DistortionSpec("contrast_decrease", "tone", tone.contrast_decrease, "factor on the contrast", 1, source=_CSIQ),
    DistortionSpec("pink_noise", "noise", noise.pink_noise, "variance", 0, magnitude=_root, source=_CSIQ),
    DistortionSpec(
        "fast_fading",
        "transmission",
        transmission.fast_fading,
        "signal-to-noise ratio in dB",
        math.inf,
        magnitude=_flips,
        approximate=True,
        kin="jpeg2000_transmission",
        source=_LIVE,
    ),
    DistortionSpec(
        "defocus_blur", "blur", blur.lens_blur, "radius in pixels", 0, approximate=True, kin="lens_blur", source=_LVQ
    ),
    DistortionSpec(
        "uneven_illumination",
        "scene",
        scene.uneven_illumination,
        "light lost far from the spot",
        0,
        approximate=True,
        kin="darken",
        source=_LVQ,
    ),
    DistortionSpec(
        "smoke",
        "scene",
        scene.smoke,
        "opacity of the densest smoke",
        0,
        approximate=True,
        kin="contrast_decrease",
        source=_LVQ,
    ),
    *camera_specs(DistortionSpec),
)

DISTORTIONS: dict[str, DistortionSpec] = {spec.id: spec for spec in _SPECS}
"""Every distortion by its id."""


def is_approximate(dataset: str, distortion: str) -> bool:
    """Whether a dataset's distortion is only close to the original: in its levels or in the function itself."""
    return DISTORTIONS[distortion].approximate or distortion in APPROXIMATE_LEVELS[dataset]


def parameter_of(dataset: str, distortion: str, level: int) -> float:
    """The parameter of a level (1 is the first) of a distortion in a dataset.

    Raises:
        UserError: There is no such dataset, distortion or level.
    """
    levels = levels_of(dataset, distortion)
    if not 1 <= level <= len(levels):
        raise UserError(f"{dataset}'s {distortion} has levels 1 to {len(levels)}, not {level}")
    return levels[level - 1]


def levels_of(dataset: str, distortion: str) -> tuple[float, ...]:
    """The parameters of all levels of a distortion in a dataset.

    Raises:
        UserError: There is no such dataset, or it has no such distortion.
    """
    levels = levels_in(dataset)
    if distortion not in levels:
        raise UserError(f"{dataset} has no distortion {distortion!r}; choose one of {', '.join(levels)}")
    return levels[distortion]


def levels_in(dataset: str) -> dict[str, tuple[float, ...]]:
    """The distortions of a dataset with the parameters of their levels.

    Raises:
        UserError: There is no such dataset.
    """
    if dataset not in LEVELS:
        raise UserError(f"there are no levels for a dataset {dataset!r}; choose one of {', '.join(LEVELS)}")
    return LEVELS[dataset]


def random_generator(distortion: str, seed: int) -> np.random.Generator:
    """The generator that `distort` uses: one stream for each distortion and seed.

    The distortion's id is part of the seed, so that two noises on one image with one seed are not the same noise;
    the level is not, so that a stronger level extends a weaker one.
    """
    return np.random.default_rng([seed, zlib.crc32(distortion.encode())])


def distort(
    image: np.ndarray,
    distortion: str,
    level: int,
    dataset: str = "kadid10k",
    seed: int = 0,
    *,
    stretched: bool | None = None,
) -> np.ndarray:
    """Apply one distortion at one of a dataset's levels.

    Args:
        image: (H, W, 3) sRGB, uint8 or float32 in [0, 1].
        distortion: An id of `DISTORTIONS` that the dataset has.
        level: 1 is the first.
        dataset: A key of `exiqa.iqadata.distortions.levels.LEVELS`.
        seed: Any integer ≥ 0; the same seed gives the same bytes.
        stretched: Map the input and then the output to [0, 1] by its minimum and maximum, as KADID-10k's generator
            does; by default where the dataset's generator does (`exiqa.iqadata.distortions.levels.STRETCHED`).

    Returns:
        A new array of the same shape and dtype; uint8 is rounded once at the end.

    Raises:
        UserError: There is no such dataset, distortion or level.
        ValueError: The image has another shape or dtype.
    """
    parameter = parameter_of(dataset, distortion, level)
    stretched = dataset in STRETCHED if stretched is None else stretched
    return apply(image, distortion, parameter, random_generator(distortion, seed), stretched=stretched)


def apply(
    image: np.ndarray, distortion: str, parameter: float, rng: np.random.Generator, *, stretched: bool = False
) -> np.ndarray:
    """Apply one distortion with any parameter.

    Args:
        image: As of `distort`; so is the result.
        distortion: An id of `DISTORTIONS`.
        parameter: In the distortion's own scale (`DistortionSpec.parameter`).
        rng: What random distortions draw from.
        stretched: As of `distort`.

    Raises:
        ValueError: The image has another shape or dtype.
    """
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image is an array of shape (H, W, 3), not {image.shape}")
    if image.dtype not in (np.uint8, np.float32):
        raise ValueError(f"an image is uint8, or float32 in [0, 1], not {image.dtype}")
    function = DISTORTIONS[distortion].function
    if image.dtype == np.uint8:
        result = function(stretched_from_bytes(image) if stretched else from_bytes(image), parameter, rng)
        return stretched_to_bytes(result) if stretched else to_bytes(clip(result))
    values = np.ascontiguousarray(image)
    result = function(stretch(values) if stretched else values, parameter, rng)
    return stretch(result) if stretched else clip(result)
