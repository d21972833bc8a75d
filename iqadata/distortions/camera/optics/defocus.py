"""A lens that is focused on the wrong distance."""

from __future__ import annotations

import math

import numpy as np

from exiqa.iqadata.distortions.camera.fields import depth_field
from exiqa.iqadata.distortions.camera.kernels import aperture_kernel, spread
from exiqa.iqadata.distortions.camera.light import from_linear, to_linear

_BLADES = (0, 0, 5, 6, 7, 8)


def defocus(image: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """Spread every point over the lens's aperture, in linear light. No change at 0.

    `radius` is that of the blur disk as a fraction of the image's width (1/30 at most in photos). Drawn: the aperture,
    a disk (one in three) or a polygon of five to eight blades, and whether all of the image is out of focus (one in
    two) or only what is nearer or farther than the plane in focus, in a scene whose depth is drawn as well: there the
    radius grows linearly with the difference in depth, beyond a depth of field. The thin-lens blur disk: Potmesil,
    Chakravarty 1982.
    """
    blades = int(_BLADES[rng.integers(len(_BLADES))])
    rotation = rng.uniform(0, 2 * math.pi)
    everywhere = rng.random() < 0.5
    focus = 0.2 if rng.random() < 0.5 else 0.8
    height, width = image.shape[:2]
    depth = depth_field(rng, height, width)
    pixels = radius * width
    if pixels <= 0:
        return image.copy()
    light = to_linear(image)
    whole = spread(light, aperture_kernel(pixels, blades, rotation))
    if everywhere:
        return from_linear(whole)
    # Three layers, with radii of 0, ½ and 1 times the largest, and linear mixtures of neighbours between them.
    half = spread(light, aperture_kernel(pixels / 2, blades, rotation))
    blur = np.clip(3.5 * np.abs(depth - np.float32(focus)) - np.float32(0.5), 0, 2)[..., None]
    near = np.minimum(blur, 1)
    far = blur - near
    return from_linear(light + near * (half - light) + far * (whole - half))
