"""The levels of the camera family, a data set of its own name: `authentic`. Chosen by this project, not published."""

from __future__ import annotations

AUTHENTIC_LEVELS: dict[str, tuple[float, ...]] = {
    "defocus": (0.0333,) * 5,
    "camera_shake": (0.0833,) * 5,
    "subject_motion": (0.12,) * 5,
    "underexposure": (4,) * 5,
    "overexposure": (3,) * 5,
    "low_light_noise": (0.0167,) * 5,
    "oversmoothing": (0.08,) * 5,
    "oversharpening": (4,) * 5,
    "repeated_jpeg": (8,) * 5,
    "upscaling": (6,) * 5,
    "haze": (2,) * 5,
    "veiling_glare": (0.5,) * 5,
    "color_cast": (1.6,) * 5,
    "dull_color": (0.9,) * 5,
    "excessive_saturation": (2,) * 5,
    "low_local_contrast": (0.75,) * 5,
    "excessive_local_contrast": (2,) * 5,
    "vignetting": (4,) * 5,
    "lateral_chromatic_aberration": (0.006,) * 5,
    "lens_flare": (1,) * 5,
    "banding": (0.125,) * 5,
    "moire": (0.5,) * 5,
    "rolling_shutter": (0.1,) * 5,
}
