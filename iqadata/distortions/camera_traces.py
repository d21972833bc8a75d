"""What a camera leaves on any photo that it takes: grain, sharpening and compression, weaker than a fault.

They are there before anybody shares the photo, and in a blurred photo they are the only fine detail: a model that has
seen blur without them takes such a photo for a sharp one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exiqa.iqadata.distortions.numerics.colorspace import clip, from_bytes, to_bytes
from exiqa.iqadata.distortions.numerics.filters import gaussian_filter
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg


@dataclass(frozen=True)
class CameraTraces:
    """What is done to a photo, in this order."""

    grain: float
    """Standard deviation of Gaussian noise, values being in [0, 1], in [0, .02]; KADID-10k's weakest noise has .03."""
    coarseness: float
    """Standard deviation in pixels of the Gaussian that smooths the noise, in [0, 1]; its strength stays."""
    sharpening: float
    """Amount of an unsharp mask with a Gaussian of 1.2 pixels, in [0, 1]."""
    quality: int
    """libjpeg's quality of the file, 50 to 95; KADID-10k's best has 43."""
    seed: int
    """Of the noise."""


def draw_traces(rng: np.random.Generator) -> CameraTraces:
    """Draw traces: each uniform within its range, grain with more of the weak."""
    return CameraTraces(
        grain=0.02 * float(rng.random()) ** 2,
        coarseness=float(rng.uniform(0, 1)),
        sharpening=float(rng.uniform(0, 1)),
        quality=int(rng.integers(50, 96)),
        seed=int(rng.integers(2**32)),
    )


def leave_traces(image: np.ndarray, traces: CameraTraces) -> np.ndarray:
    """Leave traces on a photo; photos of one size get the same noise.

    Args:
        image: (H, W, 3) uint8 sRGB.
        traces: What to do.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    noise = np.random.default_rng(traces.seed).standard_normal(image.shape, np.float32)
    if traces.coarseness >= 0.3:  # a narrower Gaussian is none on pixels
        noise = gaussian_filter(noise, traces.coarseness)
        noise /= noise.std()
    values = from_bytes(image) + np.float32(traces.grain) * noise
    values = values + np.float32(traces.sharpening) * (values - gaussian_filter(values, 1.2))
    return decode(encode_jpeg(to_bytes(clip(values)), traces.quality))
