"""The camera family's distortions as the registry has them: a constant each, its id in capitals."""

from __future__ import annotations

from collections.abc import Callable

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
from exiqa.iqadata.distortions.spec import DistortionFunction, DistortionSpec, linear, quantizer_scale, root

SOURCE = "this project's camera family"


def _entry(
    function: DistortionFunction,
    parameter: str,
    kin: str,
    no_change: float = 0,
    magnitude: Callable[[float], float] = linear,
) -> DistortionSpec:
    return DistortionSpec(
        function.__name__, "camera", function, parameter, no_change, magnitude=magnitude, kin=kin, source=SOURCE
    )


DEFOCUS = _entry(defocus, "radius / width", "lens_blur")
CAMERA_SHAKE = _entry(camera_shake, "length of the path / width", "motion_blur")
SUBJECT_MOTION = _entry(subject_motion, "length of the smear / width", "motion_blur")
UNDEREXPOSURE = _entry(underexposure, "stops of light lost", "darken")
OVEREXPOSURE = _entry(overexposure, "stops of light too many", "brighten")
LOW_LIGHT_NOISE = _entry(low_light_noise, "1 / electrons at white", "white_noise", magnitude=root)
OVERSMOOTHING = _entry(oversmoothing, "σ of what is taken for noise", "denoise")
OVERSHARPENING = _entry(oversharpening, "amount", "high_sharpen")
REPEATED_JPEG = _entry(repeated_jpeg, "quality of each of three", "jpeg", no_change=100, magnitude=quantizer_scale)
UPSCALING = _entry(upscaling, "factor", "gaussian_blur", no_change=1)
HAZE = _entry(haze, "optical depth", "contrast_decrease")
VEILING_GLARE = _entry(veiling_glare, "share of stray light", "contrast_decrease")
COLOR_CAST = _entry(color_cast, "stops between the gains", "mean_shift")
DULL_COLOR = _entry(dull_color, "share of the chroma lost", "color_saturation_1")
EXCESSIVE_SATURATION = _entry(excessive_saturation, "chroma added", "color_saturation_2")
LOW_LOCAL_CONTRAST = _entry(low_local_contrast, "share of the contrast lost", "contrast_change")
EXCESSIVE_LOCAL_CONTRAST = _entry(excessive_local_contrast, "contrast added", "contrast_change")
VIGNETTING = _entry(vignetting, "stops lost in the corners", "darken")
LATERAL_CHROMATIC_ABERRATION = _entry(
    lateral_chromatic_aberration, "shift at the border / width", "chromatic_aberration"
)
LENS_FLARE = _entry(lens_flare, "light in the glow's middle", "brighten")
BANDING = _entry(banding, "step between tones", "quantization")
MOIRE = _entry(moire, "amplitude", "multiplicative_noise")
ROLLING_SHUTTER = _entry(rolling_shutter, "range of the shifts / width", "jitter")
