"""The published datasets' distortions as the registry has them: a constant each, its id in capitals."""

from __future__ import annotations

import math

from exiqa.iqadata.distortions.published import blur, color, compression, noise, scene, spatial, tone, transmission
from exiqa.iqadata.distortions.published import denoise as denoising
from exiqa.iqadata.distortions.spec import DistortionSpec, quantizer_scale, root


def _doublings(ratio: float) -> float:
    """Compression ratios as doublings."""
    return math.log2(ratio)


def _step(levels: float) -> float:
    """Numbers of grey levels as the step between them."""
    return 1 / levels


def _color_step(colors: float) -> float:
    """Numbers of colours as the distance between them in a three-dimensional space."""
    return colors ** (-1 / 3)


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

GAUSSIAN_BLUR = DistortionSpec("gaussian_blur", "blur", blur.gaussian_blur, "σ in pixels", 0, source=_KADID)
LENS_BLUR = DistortionSpec("lens_blur", "blur", blur.lens_blur, "radius in pixels", 0, source=_KADID)
MOTION_BLUR = DistortionSpec("motion_blur", "blur", blur.motion_blur, "length in pixels", 1, source=_KADID)
COLOR_DIFFUSION = DistortionSpec("color_diffusion", "color", color.color_diffusion, "amount", 0, source=_KADID)
COLOR_SHIFT = DistortionSpec("color_shift", "color", color.color_shift, "shift in pixels", 0, source=_KADID)
COLOR_QUANTIZATION = DistortionSpec(
    "color_quantization",
    "color",
    color.color_quantization,
    "colours",
    color.ALL_COLORS,
    magnitude=_color_step,
    source=_KADID,
)
COLOR_SATURATION_1 = DistortionSpec(
    "color_saturation_1", "color", color.color_saturation_1, "factor on HSV's S", 1, source=_KADID
)
COLOR_SATURATION_2 = DistortionSpec(
    "color_saturation_2", "color", color.color_saturation_2, "factor on Lab's a and b", 1, source=_KADID
)
JPEG2000 = DistortionSpec(
    "jpeg2000",
    "compression",
    compression.jpeg2000,
    "compression ratio",
    1,
    magnitude=_doublings,
    tolerance=0.002,
    source=_KADID,
)
JPEG = DistortionSpec(
    "jpeg", "compression", compression.jpeg, "quality", 100, magnitude=quantizer_scale, tolerance=0.015, source=_KADID
)
WHITE_NOISE = DistortionSpec("white_noise", "noise", noise.white_noise, "variance", 0, magnitude=root, source=_KADID)
WHITE_NOISE_COLOR_COMPONENT = DistortionSpec(
    "white_noise_color_component",
    "noise",
    noise.white_noise_color_component,
    "variance",
    0,
    magnitude=root,
    source=_KADID,
)
IMPULSE_NOISE = DistortionSpec(
    "impulse_noise", "noise", noise.impulse_noise, "density", 0, magnitude=root, source=_KADID
)
MULTIPLICATIVE_NOISE = DistortionSpec(
    "multiplicative_noise", "noise", noise.multiplicative_noise, "variance", 0, magnitude=root, source=_KADID
)
DENOISE = DistortionSpec(
    "denoise", "noise", denoising.denoise, "variance of the noise", 0, magnitude=root, approximate=True, source=_KADID
)
BRIGHTEN = DistortionSpec("brighten", "tone", tone.brighten, "amount", 0, source=_KADID)
DARKEN = DistortionSpec("darken", "tone", tone.darken, "amount", 0, source=_KADID)
MEAN_SHIFT = DistortionSpec("mean_shift", "tone", tone.mean_shift, "shift of the [0, 1] scale", 0, source=_KADID)
JITTER = DistortionSpec("jitter", "spatial", spatial.jitter, "σ of the offsets in pixels", 0, source=_KADID)
NON_ECCENTRICITY_PATCH = DistortionSpec(
    "non_eccentricity_patch", "spatial", spatial.non_eccentricity_patch, "patches", 0, source=_KADID
)
PIXELATE = DistortionSpec("pixelate", "spatial", spatial.pixelate, "strength", 0, magnitude=_shrink, source=_KADID)
QUANTIZATION = DistortionSpec(
    "quantization", "tone", tone.quantization, "thresholds", tone.ALL_LEVELS, magnitude=_step, source=_KADID
)
COLOR_BLOCK = DistortionSpec("color_block", "spatial", spatial.color_block, "blocks", 0, source=_KADID)
HIGH_SHARPEN = DistortionSpec("high_sharpen", "tone", tone.high_sharpen, "amount", 0, source=_KADID)
CONTRAST_CHANGE = DistortionSpec("contrast_change", "tone", tone.contrast_change, "amount", -0.2, source=_KADID)
COLOR_NOISE = DistortionSpec("color_noise", "noise", noise.color_noise, "variance in Y", 0, magnitude=root, source=_TID)
SPATIALLY_CORRELATED_NOISE = DistortionSpec(
    "spatially_correlated_noise",
    "noise",
    noise.spatially_correlated_noise,
    "variance",
    0,
    magnitude=root,
    source=_TID,
)
MASKED_NOISE = DistortionSpec(
    "masked_noise", "noise", noise.masked_noise, "mean variance", 0, magnitude=root, approximate=True, source=_TID
)
HIGH_FREQUENCY_NOISE = DistortionSpec(
    "high_frequency_noise", "noise", noise.high_frequency_noise, "variance", 0, magnitude=root, source=_TID
)
JPEG_TRANSMISSION = DistortionSpec(
    "jpeg_transmission",
    "transmission",
    transmission.jpeg_transmission,
    "share of bytes replaced",
    0,
    approximate=True,
    source=_TID,
)
JPEG2000_TRANSMISSION = DistortionSpec(
    "jpeg2000_transmission",
    "transmission",
    transmission.jpeg2000_transmission,
    "share of bytes replaced",
    0,
    approximate=True,
    source=_TID,
)
LOCAL_BLOCK = DistortionSpec("local_block", "spatial", spatial.local_block, "blocks", 0, approximate=True, source=_TID)
COLOR_SATURATION_CHANGE = DistortionSpec(
    "color_saturation_change", "color", color.color_saturation_change, "factor on Cb and Cr", 1, source=_TID
)
COMFORT_NOISE = DistortionSpec(
    "comfort_noise",
    "noise",
    noise.comfort_noise,
    "amplitude of the detail replaced",
    0,
    approximate=True,
    source=_TID,
)
NOISY_COMPRESSION = DistortionSpec(
    "noisy_compression",
    "compression",
    compression.noisy_compression,
    "variance of the noise",
    0,
    magnitude=root,
    approximate=True,
    source=_TID,
)
CHROMATIC_ABERRATION = DistortionSpec(
    "chromatic_aberration",
    "color",
    color.chromatic_aberration,
    "shift in pixels",
    0,
    approximate=True,
    source=_TID,
)
SPARSE_SAMPLING = DistortionSpec(
    "sparse_sampling",
    "spatial",
    spatial.sparse_sampling,
    "share of pixels kept",
    1,
    approximate=True,
    source=_TID,
)
CONTRAST_DECREASE = DistortionSpec(
    "contrast_decrease", "tone", tone.contrast_decrease, "factor on the contrast", 1, source=_CSIQ
)
PINK_NOISE = DistortionSpec("pink_noise", "noise", noise.pink_noise, "variance", 0, magnitude=root, source=_CSIQ)
FAST_FADING = DistortionSpec(
    "fast_fading",
    "transmission",
    transmission.fast_fading,
    "signal-to-noise ratio in dB",
    math.inf,
    magnitude=_flips,
    approximate=True,
    kin="jpeg2000_transmission",
    source=_LIVE,
)
DEFOCUS_BLUR = DistortionSpec(
    "defocus_blur", "blur", blur.lens_blur, "radius in pixels", 0, approximate=True, kin="lens_blur", source=_LVQ
)
UNEVEN_ILLUMINATION = DistortionSpec(
    "uneven_illumination",
    "scene",
    scene.uneven_illumination,
    "light lost far from the spot",
    0,
    approximate=True,
    kin="darken",
    source=_LVQ,
)
SMOKE = DistortionSpec(
    "smoke",
    "scene",
    scene.smoke,
    "opacity of the densest smoke",
    0,
    approximate=True,
    kin="contrast_decrease",
    source=_LVQ,
)
