"""Effects that add something at random: grain of lightness and of colour, and isolated extremes."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import added_deviation, doublings, robust_deviation, root_of_mean

_WHITE_LEAK = 0.24
"""Standard deviation of white noise in the second band, as a share of that in the first."""
_SPECK = 36
"""By how many levels a speck differs from its neighbours."""
_ALONE = 6
"""By how much more than all around it on average."""
_HIDDEN = 0.3
"""What texture hides of what is added to it, as a share of its own standard deviation."""
_MASKED = 0.8
"""What texture leaves visible of grain in it."""


def fine_grain(pair: Pair) -> float:
    """Robust standard deviation of what is added in the finest band (σ below 1 pixel) where the reference is smooth.
    From the median of absolute values, so that sparse specks, contours and block borders do not count (Donoho 1995).
    Or .8 of what is added to texture, where that is more. On a scale of doublings (Fechner): log2(1 + σ/2), σ in grey
    levels."""
    return doublings(max(pair.grain[0], _MASKED * grain_in_texture(pair)), 2)


def grain_in_texture(pair: Pair) -> float:
    """Standard deviation added to the finest band of textured areas: the lesser of added energy and of a robust one.

    Energy is not added where texture is moved or replaced, and sparse specks do not move the robust one. Less what
    the texture hides: coding errs by a share of it. Grey levels.
    """
    places = np.flatnonzero(pair.textured)
    x, y = (bands[0].ravel()[places] for bands in pair.bands)
    power = float((x * x).mean()) if x.size > 200 else 0.0
    if power == 0:
        return 0.0
    gain = max(float((x * y).mean()) / power, 1.0)
    added = max(float((y * y).mean()) - gain**2 * power, 0) ** 0.5
    added = min(added, robust_deviation(y - np.float32(gain) * x))
    return max(added**2 - (_HIDDEN**2) * power, 0) ** 0.5


def coarse_grain(pair: Pair) -> float:
    """The same in the two bands of 1 to 4 pixels, beyond what grain of single pixels leaves there: log2(1 + σ/1.5),
    σ in grey levels."""
    fine, middle = pair.grain
    clumps = max(middle**2 - (_WHITE_LEAK * fine) ** 2, 0)
    calm = np.flatnonzero(pair.smooth[::2, ::2])
    wide = added_deviation(*(bands[2].ravel()[calm] for bands in pair.bands))
    return doublings((clumps + max(wide**2 - (_WHITE_LEAK / 2 * fine) ** 2, 0)) ** 0.5, 1.5)


def _color_residual(pair: Pair) -> np.ndarray:
    """(H, W, 2) float32: the fine part (less the mean of 5×5) of what tone and colour do not explain of Cr and Cb."""
    return pair.chroma_residual - cv2.blur(pair.chroma_residual, (5, 5))


def color_grain(pair: Pair) -> float:
    """Robust standard deviation of Cr and Cb less their mean of 5×5 that is added in smooth areas, root mean square of
    the two: log2(1 + σ/2), σ in levels of 255."""
    residual = _color_residual(pair).reshape(-1, 2)[pair.smooth_places]
    return doublings(math.hypot(robust_deviation(residual[:, 0]), robust_deviation(residual[:, 1])) / 2**0.5, 2)


def _specks(pair: Pair) -> np.ndarray:
    """(H, W) uint8, 1 on pixels that are far from the median of their 3×3 neighbours and were not in the reference."""
    off = [cv2.absdiff(picture, cv2.medianBlur(picture, 3)) for picture in (pair.reference, pair.distorted)]
    # In whole bytes: six times the mean around, at most 255.
    limit = np.maximum(cv2.convertScaleAbs(cv2.blur(off[1], (9, 9)), alpha=_ALONE), _SPECK)
    alone = (off[1] > limit) & (off[0] < _SPECK // 2)
    return (alone[..., 0] | alone[..., 1] | alone[..., 2]).astype(np.uint8)


def specks(pair: Pair) -> float:
    """Root of the share of the pixels with a value of R, G or B at least 36 levels off the median of its 3×3
    neighbours, and six times as far as the mean of the 9×9 around, where the reference has none. After switching
    median filters."""
    return float(_specks(pair).mean()) ** 0.5


def _grain_map(pair: Pair, first: int, last: int) -> np.ndarray:
    """Root mean square of what is added in the bands from `first` to `last`, beyond the reference's own activity."""
    total = np.zeros((pair.height, pair.width), np.float32)
    for band in range(first, last):
        added = (pair.bands[1][band] - pair.bands[0][band]) ** 2
        total += added if band < 2 else cv2.resize(added, (pair.width, pair.height))
    return root_of_mean(total, 9)


def _color_map(pair: Pair) -> np.ndarray:
    return root_of_mean((_color_residual(pair) ** 2).sum(axis=2), 9)


GRAIN = (
    MeasuredEffect("fine_grain", "doublings", 1, 3.3, fine_grain, lambda pair: _grain_map(pair, 0, 1)),
    MeasuredEffect("coarse_grain", "doublings", 1, 2.5, coarse_grain, lambda pair: _grain_map(pair, 1, 3)),
    MeasuredEffect("color_grain", "doublings", 1, 2.8, color_grain, _color_map),
    MeasuredEffect("specks", "root of the share", 0.04, 0.22, specks, lambda pair: _specks(pair).astype(np.float32)),
)
