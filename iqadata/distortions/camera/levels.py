"""The levels of the camera family: those of `authentic`, a data set that exists as a taxonomy only.

They are this project's choice; nobody has published any. Level 5 is the strongest that still is a photo one might be
sent (a blur disk of a thirtieth of the width, four stops too dark). From level to level the mean squared error doubles
(3 dB, as TID2013's levels are spaced), over the packaged photos at 512×384, so that one level is one step in all of
them. Two are chosen by eye: `repeated_jpeg`, where resizing alone costs more than level 1 may, and `rolling_shutter`,
where a displacement that no eye finds already costs as much as a visible blur.
"""

from __future__ import annotations

AUTHENTIC_LEVELS: dict[str, tuple[float, ...]] = {
    "defocus": (0.00315, 0.00465, 0.00787, 0.0151, 0.0333),
    "camera_shake": (0.00545, 0.0087, 0.0151, 0.0316, 0.0833),
    "subject_motion": (0.00539, 0.00937, 0.0189, 0.0444, 0.12),
    "underexposure": (0.656, 0.969, 1.46, 2.31, 4),
    "overexposure": (0.606, 0.888, 1.32, 1.97, 3),
    "low_light_noise": (0.00171, 0.003, 0.00527, 0.0093, 0.0167),
    "oversmoothing": (0.0235, 0.0313, 0.0414, 0.056, 0.08),
    "oversharpening": (0.719, 1.05, 1.58, 2.45, 4),
    "repeated_jpeg": (75, 50, 30, 15, 6),
    "upscaling": (1.14, 1.59, 2.37, 4.02, 8),
    "haze": (0.109, 0.197, 0.371, 0.764, 2),
    "veiling_glare": (0.0542, 0.0918, 0.158, 0.279, 0.5),
    "color_cast": (0.359, 0.512, 0.742, 1.08, 1.6),
    "dull_color": (0.178, 0.269, 0.407, 0.613, 0.9),
    "excessive_saturation": (0.301, 0.445, 0.684, 1.11, 2),
    "low_local_contrast": (0.15, 0.212, 0.3, 0.424, 0.6),
    "excessive_local_contrast": (0.295, 0.449, 0.703, 1.15, 2),
    "vignetting": (0.938, 1.33, 1.9, 2.73, 4),
    "lateral_chromatic_aberration": (0.00104, 0.00151, 0.0022, 0.0035, 0.006),
    "lens_flare": (0.122, 0.2, 0.336, 0.573, 1),
    "banding": (0.0317, 0.0465, 0.0659, 0.088, 0.125),
    "moire": (0.126, 0.179, 0.253, 0.357, 0.5),
    "rolling_shutter": (0.015, 0.025, 0.04, 0.065, 0.1),
}
"""Parameters of levels 1 to 5 per distortion, in the taxonomy's order; joined to the others in
`exiqa.iqadata.distortions.levels`."""

BY_EYE = frozenset({"repeated_jpeg", "rolling_shutter"})
"""Those whose levels do not follow the rule."""
