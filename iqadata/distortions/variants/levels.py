"""The variants' parameters, written by `python -m iqadata.distortions.variants.match`."""

from __future__ import annotations

VARIANT_LEVELS: dict[str, dict[str, tuple[float, ...]]] = {
    "gaussian_blur": {
        "linear_gaussian": (0, 0.468, 0.864, 1.59, 3.61),
        "three_boxes": (0, 0.0425, 0.246, 1.27, 4.08),
    },
    "lens_blur": {
        "hexagon": (0.972, 1.95, 4, 5.99, 8),
        "linear_disk": (0.919, 1.79, 3.31, 4.91, 6.35),
        "ring": (0.983, 1.7, 3.09, 4.66, 6.14),
    },
    "motion_blur": {
        "linear_line": (1, 1.76, 3.7, 5.08, 8.31),
        "curved_path": (1, 3.04, 5.16, 7.14, 10.6),
        "accelerated_line": (1, 3.33, 5.81, 8.52, 13.4),
    },
    "color_diffusion": {
        "ycbcr_diffusion": (1.09, 3.28, 5.63, 7, 9.69),
        "oklab_diffusion": (1.08, 2.69, 5.34, 6.82, 10.2),
    },
    "color_shift": {
        "red_and_blue_shift": (0.522, 0.886, 1.08, 1.15, 1.19),
        "radial_shift": (0.791, 1.38, 1.78, 1.91, 2.01),
    },
    "color_quantization": {
        "ordered_dither": (3260, 2320, 1480, 736, 295),
        "median_cut": (47, 32, 24, 13, 7),
    },
    "color_saturation_1": {
        "linear_saturation": (0.4, 0.2, 0.1, 0, -0.4),
        "oklab_saturation": (0.4, 0.2, 0.1, 0, -0.4),
        "luma_saturation": (0.4, 0.2, 0.1, 0, -0.4),
    },
    "color_saturation_2": {
        "luma_saturation": (1, 2.49, 3.23, 5.69, 7.93),
        "oklab_saturation": (1, 1.81, 2.66, 5.33, 7.66),
        "value_saturation": (1, 2.57, 4.1, 9.61, 17.8),
    },
    "jpeg2000": {
        "jpeg2000_reversible": (7.43, 14.7, 20.5, 58.8, 219),
        "jpeg2000_tiled": (5.22, 9.81, 13.4, 35.2, 81.3),
    },
    "jpeg": {
        "jpeg_full_color": (33, 28, 20, 6, 4),
        "jpeg_flat": (33, 37, 47, 114, 194),
        "large_blocks": (0.107, 0.118, 0.152, 0.388, 0.69),
    },
    "white_noise": {
        "uniform_noise": (0.000993, 0.00198, 0.00296, 0.0049, 0.00973),
        "laplacian_noise": (0.00101, 0.00202, 0.00305, 0.00513, 0.0104),
        "linear_noise": (0.000103, 0.000257, 0.00044, 0.000878, 0.00231),
    },
    "white_noise_color_component": {
        "lab_noise": (0.000239, 0.00126, 0.00258, 0.00522, 0.00784),
        "opponent_noise": (0.000144, 0.000719, 0.00144, 0.00287, 0.00428),
    },
    "impulse_noise": {
        "pixel_impulses": (0.000918, 0.00501, 0.0099, 0.0201, 0.0304),
        "random_impulses": (0.00182, 0.0096, 0.0192, 0.0385, 0.0574),
    },
    "multiplicative_noise": {
        "gaussian_speckle": (0.00101, 0.00513, 0.0104, 0.0208, 0.0521),
        "gamma_speckle": (0.00101, 0.00514, 0.0105, 0.0216, 0.0566),
    },
    "denoise": {
        "bilateral_denoise": (0.0129, 0.0275, 0.0429, 0.0887, 0.139),
        "median_denoise": (0.00756, 0.0266, 0.0479, 0.109, 0.175),
    },
    "brighten": {
        "lower_gamma": (0.145, 0.312, 0.725, 1.62, 3.08),
        "more_light": (0.404, 0.812, 1.63, 2.84, 4.07),
    },
    "darken": {
        "higher_gamma": (0.0679, 0.141, 0.304, 0.725, 2.08),
        "less_light": (0.0992, 0.201, 0.415, 0.886, 1.95),
    },
    "mean_shift": {
        "lightness_shift": (0.148, 0.0775, 0, -0.0773, -0.146),
        "light_shift": (0.0734, 0.0287, 0, -0.0342, -0.0792),
    },
    "quantization": {
        "even_quantization": (12.5, 10, 8.54, 6.7, 5.02),
        "luma_quantization": (12.4, 10.2, 8.22, 6.69, 5.1),
    },
    "high_sharpen": {
        "rgb_sharpen": (1.44, 2.96, 4.55, 9.26, 17.9),
        "laplacian_sharpen": (0.516, 1.09, 1.72, 3.6, 6.81),
    },
    "contrast_change": {
        "linear_contrast": (0.614, 0.41, 0.225, -0.208, -0.452),
        "lightness_contrast": (0.773, 0.514, 0.282, -0.257, -0.604),
    },
    "jitter": {
        "scatter": (0.297, 0.304, 0.339, 0.606, 1.18),
        "frosted_glass": (0.043, 0.0904, 0.185, 0.419, 0.732),
    },
    "non_eccentricity_patch": {
        "blended_patches": (35.9, 80, 130, 168, 216),
        "oblong_patches": (18.8, 35.8, 54.8, 72.5, 83.5),
    },
    "pixelate": {
        "averaged_blocks": (2.68, 2.92, 2.72, 3.21, 7.18),
        "hexagons": (2.99, 3.26, 3.06, 3.57, 7.86),
    },
    "color_block": {
        "color_disks": (2.53, 5.46, 8.82, 10.8, 12.8),
        "gray_strips": (2.46, 4.96, 6.89, 7.73, 8.97),
    },
}
