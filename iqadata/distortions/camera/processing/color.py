"""Colours that the camera balanced wrongly, and that an app left too weak or made too strong."""

from __future__ import annotations

import math

import numpy as np

from exiqa.iqadata.distortions.camera.light import LUMINANCE, from_linear, to_linear, weighted
from exiqa.iqadata.distortions.numerics.colorspace import clip

# Stops of red, green and blue. Along the first the light is too warm or too cool, along the second too magenta or
# too green.
_WARM = np.array([0.5, 0.0, -0.5])
_MAGENTA = np.array([0.25, -0.5, 0.25])


def color_cast(image: np.ndarray, stops: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply red, green and blue by the gains of a wrong white balance, in linear light (von Kries). No change at 0.

    `stops` is the distance between the gains of red and blue for a warm or cool cast, of green and the other two for a
    magenta or green one; the direction is drawn, nearer to warm and cool. Gains keep the luminance of grey. Nearest in
    the standards: the correlated colour temperature of CIE 015.
    """
    angle = rng.uniform(0, 2 * math.pi)
    if stops <= 0:
        return image.copy()
    direction = math.cos(angle) * _WARM + 0.6 * math.sin(angle) * _MAGENTA
    # The farther gain of the three is `stops` from the nearest one, whatever the direction.
    gains = 2.0 ** (stops * direction / (direction.max() - direction.min()))
    gains = (gains / (LUMINANCE @ gains)).astype(np.float32)
    return from_linear(to_linear(image) * gains)


def dull_color(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Take away a `share` of every colour's distance from grey, in linear light: L + s·(Y − L). No change at 0.

    Y is the luminance (BT.709), which stays as it is. At 1 all is grey.
    """
    if share <= 0:
        return image.copy()
    light = to_linear(image)
    return from_linear(light + np.float32(share) * (weighted(light)[..., None] - light))


def excessive_saturation(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Add `amount` times every colour's distance from grey, in sRGB values: C + a·(C − Y), clipped. No change at 0.

    Y is the luma (BT.709). What a saturation slider does; the clipping is what flattens vivid surfaces.
    """
    if amount <= 0:
        return image.copy()
    return clip(image + np.float32(amount) * (image - weighted(image)[..., None]))
