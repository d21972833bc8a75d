"""The principal effects of each distortion: what it does to a picture above all else."""

from __future__ import annotations

from types import MappingProxyType

DECLARED: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        # Blur
        "gaussian_blur": ("blur",),
        "lens_blur": ("blur",),
        "motion_blur": ("directional_blur", "blur"),
        "defocus_blur": ("blur",),
        "defocus": ("blur",),
        "camera_shake": ("directional_blur", "blur"),
        "subject_motion": ("directional_blur",),
        "upscaling": ("blur",),
        "denoise": ("blur",),
        "oversmoothing": ("texture_loss",),
        # Noise
        "white_noise": ("fine_grain", "color_grain"),
        "white_noise_color_component": ("color_grain", "fine_grain"),
        "color_noise": ("color_grain", "fine_grain"),
        "spatially_correlated_noise": ("coarse_grain", "color_grain"),
        "masked_noise": ("fine_grain",),
        "high_frequency_noise": ("fine_grain", "color_grain"),
        "multiplicative_noise": ("fine_grain", "color_grain"),
        "pink_noise": ("coarse_grain", "color_grain", "false_hues"),
        "comfort_noise": ("blur",),
        "low_light_noise": ("color_grain", "fine_grain"),
        "impulse_noise": ("specks",),
        # Compression and transmission
        "jpeg": ("block_grid",),
        "jpeg2000": ("blur", "ringing"),
        "noisy_compression": ("block_grid",),
        "repeated_jpeg": ("block_grid", "color_bleeding", "ringing"),
        "jpeg_transmission": ("patches",),
        "jpeg2000_transmission": ("fine_grain",),
        "fast_fading": ("fine_grain",),
        # Tone
        "brighten": ("brighter",),
        "darken": ("darker",),
        "overexposure": ("brighter", "clipped_lights"),
        "underexposure": ("darker",),
        "mean_shift": ("brighter", "darker"),
        "contrast_change": ("more_contrast", "less_contrast"),
        "contrast_decrease": ("less_contrast",),
        "low_local_contrast": ("less_contrast",),
        "excessive_local_contrast": ("more_contrast", "overshoot"),
        "quantization": ("posterized",),
        "banding": ("posterized",),
        "high_sharpen": ("oversharpness", "overshoot"),
        "oversharpening": ("oversharpness", "overshoot"),
        # Colour
        "color_diffusion": ("color_bleeding", "more_saturation"),
        "color_shift": ("color_fringes",),
        "chromatic_aberration": ("color_fringes",),
        "lateral_chromatic_aberration": ("color_fringes",),
        "color_quantization": ("posterized", "dither"),
        "color_saturation_1": ("less_saturation",),
        "color_saturation_2": ("more_saturation",),
        "color_saturation_change": ("less_saturation",),
        "dull_color": ("less_saturation",),
        "excessive_saturation": ("more_saturation",),
        "color_cast": ("color_cast",),
        # Place
        "jitter": ("displacement",),
        "pixelate": ("mosaic",),
        "non_eccentricity_patch": ("patches", "displacement"),
        "color_block": ("patches",),
        "local_block": ("patches",),
        "sparse_sampling": ("blur",),
        "rolling_shutter": ("displaced_rows",),
        # The whole field
        "uneven_illumination": ("uneven_light", "darker"),
        "vignetting": ("uneven_light", "darker"),
        "smoke": ("veil", "lifted_blacks", "less_contrast"),
        "haze": ("veil", "lifted_blacks", "less_contrast"),
        "veiling_glare": ("veil", "lifted_blacks", "less_contrast"),
        "lens_flare": ("uneven_light", "patches"),
        "moire": ("periodic_pattern",),
    }
)
"""Distortion id -> the ids of one to three effects. Where two exclude each other (`mean_shift`), each level has one."""
