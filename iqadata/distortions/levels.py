"""The parameter of every level of every distortion, per dataset."""

from __future__ import annotations

from exiqa.iqadata.distortions.camera.levels import AUTHENTIC_LEVELS

LEVELS: dict[str, dict[str, tuple[float, ...]]] = {
    # The parameters of the published generator.
    "kadid10k": {
        "gaussian_blur": (0.1, 0.5, 1, 2, 5),
        "lens_blur": (1, 2, 4, 6, 8),
        "motion_blur": (1, 2, 4, 6, 10),
        "color_diffusion": (1, 3, 6, 8, 12),
        "color_shift": (1, 3, 6, 8, 12),
        "color_quantization": (64, 48, 32, 16, 8),
        "color_saturation_1": (0.4, 0.2, 0.1, 0, -0.4),
        "color_saturation_2": (1, 2, 3, 6, 9),
        "jpeg2000": (16, 32, 45, 120, 400),
        "jpeg": (43, 36, 24, 7, 4),
        "white_noise": (0.001, 0.002, 0.003, 0.005, 0.01),
        "white_noise_color_component": (0.0001, 0.0005, 0.001, 0.002, 0.003),
        "impulse_noise": (0.001, 0.005, 0.01, 0.02, 0.03),
        "multiplicative_noise": (0.001, 0.005, 0.01, 0.02, 0.05),
        "denoise": (0.01, 0.03, 0.05, 0.1, 0.15),
        "brighten": (0.1, 0.2, 0.4, 0.7, 1.1),
        "darken": (0.05, 0.1, 0.2, 0.4, 0.8),
        "mean_shift": (0.15, 0.08, 0, -0.08, -0.15),
        "jitter": (0.05, 0.1, 0.2, 0.5, 1),
        "non_eccentricity_patch": (20, 40, 60, 80, 100),
        "pixelate": (0.01, 0.05, 0.1, 0.2, 0.5),
        "quantization": (20, 16, 13, 10, 7),
        "color_block": (2, 4, 6, 8, 10),
        "high_sharpen": (1, 2, 3, 6, 12),
        "contrast_change": (0.3, 0.15, 0, -0.4, -0.6),
    },
    # Unpublished. Chosen for a mean PSNR of about 33, 30, 27, 24 and 21 dB over 512×384 crops of photos like the
    # dataset's own, where the distortion can reach it. contrast_change lowers and raises contrast in turn, as the
    # mean opinions of its levels say (5.63, 6.48, 4.48, 6.29, 3.45). Those of jpeg2000, quantization and
    # the two transmissions were chosen over the central 512×384 of six packaged photos (astronaut, coffee, rocket,
    # motorcycle_left, china, flower); their means are 33.1, 30.1, 27.0, 24.0, 21.0; 32.8, 30.1, 26.9, 24.0, 21.7; and
    # over six to eight draws 32.7, 29.0, 26.8, 23.8, 20.8 (JPEG) and 33.0, 31.0, 27.6, 23.5, 21.1 (JPEG 2000).
    "tid2013": {
        "white_noise": (0.0005, 0.001, 0.002, 0.004, 0.008),
        "color_noise": (4.5e-5, 9e-5, 1.8e-4, 3.6e-4, 7.3e-4),
        "spatially_correlated_noise": (0.0005, 0.001, 0.002, 0.004, 0.008),
        "masked_noise": (0.0005, 0.001, 0.0021, 0.0043, 0.0092),
        "high_frequency_noise": (0.0005, 0.001, 0.002, 0.004, 0.0082),
        "impulse_noise": (0.0018, 0.0035, 0.007, 0.014, 0.028),
        "quantization": (22, 16, 11, 8, 6),
        "gaussian_blur": (0.63, 0.84, 1.3, 3, 12),
        "denoise": (0.0008, 0.002, 0.006, 0.022, 0.075),
        "jpeg": (67, 30, 13, 6, 2),
        "jpeg2000": (32, 57, 120, 310, 850),
        "jpeg_transmission": (1.6e-5, 4e-5, 7e-5, 1.2e-4, 2.2e-4),
        "jpeg2000_transmission": (2.5e-4, 3.4e-4, 5.5e-4, 9e-4, 1.2e-3),
        "non_eccentricity_patch": (32, 59, 130, 290, 700),
        "local_block": (16, 8, 4, 2, 1),
        "mean_shift": (0.022, 0.032, 0.045, 0.063, 0.089),
        "contrast_change": (-0.32, -0.03, -0.44, 0.14, -0.68),
        "color_saturation_change": (0.68, 0.54, 0.36, 0.1, 0),
        "multiplicative_noise": (0.0024, 0.0048, 0.0097, 0.02, 0.039),
        "comfort_noise": (0.16, 0.27, 0.48, 0.75, 1.5),
        "noisy_compression": (0.00013, 0.00067, 0.0033, 0.014, 0.04),
        "color_quantization": (76, 34, 14, 8, 4),
        "chromatic_aberration": (0.46, 0.66, 1.1, 3.2, 8),
        "sparse_sampling": (0.77, 0.58, 0.33, 0.1, 0.01),
    },
    # Unpublished. Chosen by eye to span the dataset's mean opinions; jpeg2000 was chosen without a colour transform,
    # and its ratios are those that have the same PSNR with one (38, 32, 28, 25, 23 dB over the six photos above).
    "csiq": {
        "white_noise": (0.0004, 0.0015, 0.004, 0.01, 0.025),
        "gaussian_blur": (0.7, 1.3, 2.5, 4.5, 8),
        "contrast_decrease": (0.75, 0.55, 0.38, 0.3),
        "pink_noise": (0.0004, 0.0015, 0.004, 0.01, 0.025),
        "jpeg": (60, 30, 12, 6, 3),
        "jpeg2000": (15, 40, 95, 200, 450),
    },
    # The dataset has no levels. These lie inside its published ranges: 0.028 to 3.15 bits a pixel for JPEG 2000
    # (a ratio of 7.6 to 857), σ of .012 to 2 for noise and of .42 to 15 pixels for blur (at LIVE's usual 768×512).
    "live": {
        "jpeg2000": (10, 25, 60, 150, 400),
        "jpeg": (60, 30, 15, 8, 4),
        "white_noise": (0.001, 0.005, 0.02, 0.12, 0.6),
        "gaussian_blur": (0.6, 1.1, 2, 4, 8),
        "fast_fading": (34, 31, 28, 25, 22),
    },
    # Unpublished. Chosen by eye.
    "lvq": {
        "white_noise": (0.0008, 0.003, 0.01, 0.03),
        "defocus_blur": (1.5, 3, 5, 8),
        "uneven_illumination": (0.3, 0.5, 0.7, 0.9),
        "motion_blur": (5, 10, 18, 30),
        "smoke": (0.2, 0.4, 0.6, 0.8),
    },
    "authentic": AUTHENTIC_LEVELS,
}
"""Parameters of levels 1, 2, … per dataset and distortion, in the dataset's own order of distortions.

What a parameter is: `DistortionSpec.parameter` in `exiqa.iqadata.distortions.registry`. Lengths, patches, budgets and
error rates are those of a 512×384 image and scale with an image of another size (`iqadata.distortions.size`)."""

STRETCHED = frozenset({"kadid10k"})
"""The datasets whose generator maps every input and every output to [0, 1] by its minimum and maximum."""

APPROXIMATE_LEVELS: dict[str, frozenset[str]] = {
    "kadid10k": frozenset(),
    **{dataset: frozenset(LEVELS[dataset]) for dataset in ("tid2013", "csiq", "live", "lvq", "authentic")},
}
"""Per dataset, the distortions whose parameters were never published and are chosen here."""
