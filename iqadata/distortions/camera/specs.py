"""The camera family's entries in the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from exiqa.iqadata.distortions.camera.motion.rolling_shutter import rolling_shutter
from exiqa.iqadata.distortions.camera.motion.shake import camera_shake
from exiqa.iqadata.distortions.camera.motion.subject_motion import subject_motion
from exiqa.iqadata.distortions.camera.optics.aberration import lateral_chromatic_aberration
from exiqa.iqadata.distortions.camera.optics.defocus import defocus
from exiqa.iqadata.distortions.camera.optics.flare import lens_flare
from exiqa.iqadata.distortions.camera.optics.haze import haze, veiling_glare
from exiqa.iqadata.distortions.camera.optics.vignetting import vignetting
from exiqa.iqadata.distortions.camera.processing.banding import banding
from exiqa.iqadata.distortions.camera.processing.color import color_cast, dull_color, excessive_saturation
from exiqa.iqadata.distortions.camera.processing.local_contrast import excessive_local_contrast, low_local_contrast
from exiqa.iqadata.distortions.camera.processing.resaving import repeated_jpeg, upscaling
from exiqa.iqadata.distortions.camera.processing.sharpening import oversharpening
from exiqa.iqadata.distortions.camera.processing.smoothing import oversmoothing
from exiqa.iqadata.distortions.camera.sensor.exposure import overexposure, underexposure
from exiqa.iqadata.distortions.camera.sensor.moire import moire
from exiqa.iqadata.distortions.camera.sensor.sensor_noise import low_light_noise

if TYPE_CHECKING:
    from exiqa.iqadata.distortions.registry import DistortionFunction, DistortionSpec

SOURCE = "this project's camera family"


def _root(parameter: float) -> float:
    """Variances as standard deviations."""
    return parameter**0.5


def _quantizer_scale(quality: float) -> float:
    """JPEG quality as libjpeg's scale of the quantisation tables, in percent."""
    return 5000 / quality if quality < 50 else 200 - 2 * quality


def camera_specs(spec: type[DistortionSpec]) -> tuple[DistortionSpec, ...]:
    """The family's entries, made with the registry's own class (which imports this module, not the reverse)."""

    def entry(
        function: DistortionFunction,
        parameter: str,
        kin: str,
        no_change: float = 0,
        magnitude: Callable[[float], float] | None = None,
    ) -> DistortionSpec:
        made = spec(function.__name__, "camera", function, parameter, no_change, kin=kin, source=SOURCE)
        return made if magnitude is None else replace(made, magnitude=magnitude)

    return (
        entry(defocus, "radius / width", "lens_blur"),
        entry(camera_shake, "length of the path / width", "motion_blur"),
        entry(subject_motion, "length of the smear / width", "motion_blur"),
        entry(underexposure, "stops of light lost", "darken"),
        entry(overexposure, "stops of light too many", "brighten"),
        entry(low_light_noise, "1 / electrons at white", "white_noise", magnitude=_root),
        entry(oversmoothing, "σ of what is taken for noise", "denoise"),
        entry(oversharpening, "amount", "high_sharpen"),
        entry(repeated_jpeg, "quality of each of three", "jpeg", no_change=100, magnitude=_quantizer_scale),
        entry(upscaling, "factor", "gaussian_blur", no_change=1),
        entry(haze, "optical depth", "contrast_decrease"),
        entry(veiling_glare, "share of stray light", "contrast_decrease"),
        entry(color_cast, "stops between the gains", "mean_shift"),
        entry(dull_color, "share of the chroma lost", "color_saturation_1"),
        entry(excessive_saturation, "chroma added", "color_saturation_2"),
        entry(low_local_contrast, "share of the contrast lost", "contrast_change"),
        entry(excessive_local_contrast, "contrast added", "contrast_change"),
        entry(vignetting, "stops lost in the corners", "darken"),
        entry(lateral_chromatic_aberration, "shift at the border / width", "chromatic_aberration"),
        entry(lens_flare, "light in the glow's middle", "brighten"),
        entry(banding, "step between tones", "quantization"),
        entry(moire, "amplitude", "multiplicative_noise"),
        entry(rolling_shutter, "range of the shifts / width", "jitter"),
    )
