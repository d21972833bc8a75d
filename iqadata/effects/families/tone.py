"""Effects of tone: what a curve over all pixels does."""

from __future__ import annotations

import math

import cv2
import numpy as np

from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.effects.pairing.planes import CELL, share_below

_WHITE, _BLACK = 252, 4
"""From here on a pixel counts as white or black."""


def brighter(pair: Pair) -> float:
    """Mean rise of the tone curve over the tones that the reference has; 0 where it falls. Levels of luma of 255."""
    return max(pair.tone.shift, 0.0)


def darker(pair: Pair) -> float:
    """Mean fall of the tone curve over the tones that the reference has; 0 where it rises. Levels of luma of 255."""
    return max(-pair.tone.shift, 0.0)


def _log_contrast(pair: Pair) -> float:
    """Natural logarithm of the change of contrast: of the tone curve's slope, or of detail's gain where that says more.

    What one factor on all values explains (a dimmed picture keeps its contrast, Weber) is taken off.
    """
    tone = pair.tone
    contrast = math.log(tone.slope)
    light = math.log(max(tone.middle + tone.shift, 1) / max(tone.middle, 1))
    if contrast * light > 0:
        contrast = math.copysign(max(abs(contrast) - abs(light), 0), contrast)
    local = _log_local_gain(pair)
    # A curve that draws the tones together and a lifted detail are both there in one picture; the larger one speaks.
    return local if abs(local) > abs(contrast) else contrast


def _log_local_gain(pair: Pair) -> float:
    """Logarithm of the factor that all coarser bands have in common beside the tone curve: 0 if they disagree."""
    gains = [_gain(x, y) for x, y in zip(pair.bands[0][1:], pair.bands[1][1:], strict=True)]
    known = [gain for gain in gains if gain is not None]
    if not known:
        return 0.0
    return math.log(max(min(known), 1.0) * max(min(max(known), 1.0), 0.01))


def _gain(x: np.ndarray, y: np.ndarray) -> float | None:
    power = float((x * x).mean())
    return float((x * y).mean()) / power if power > 0.25 else None


def more_contrast(pair: Pair) -> float:
    """Natural logarithm of the factor by which light and dark draw apart: slope of the tone curve beyond what a common
    factor explains, or the gain common to all bands of detail of 4 pixels and more. After Michelson and Weber."""
    return max(_log_contrast(pair), 0.0)


def less_contrast(pair: Pair) -> float:
    """Minus the natural logarithm of the factor by which light and dark draw together, as `more_contrast`."""
    return max(-_log_contrast(pair), 0.0)


def _clipped(pair: Pair) -> np.ndarray:
    before, after = (cv2.blur(luma, (3, 3)) for luma in pair.luma)
    return ((after >= _WHITE) & (before < _WHITE)).astype(np.float32)


def clipped_lights(pair: Pair) -> float:
    """Share of the pixels that became white (mean luma of 3×3 of 252 or more) and were not in the reference."""
    return float(_clipped(pair).mean())


def _crushed(pair: Pair) -> np.ndarray:
    before, after = (cv2.blur(luma, (3, 3)) for luma in pair.luma)
    return ((after <= _BLACK) & (before > _BLACK + 2)).astype(np.float32)


def crushed_shadows(pair: Pair) -> float:
    """Share of the pixels that became black (mean luma of 3×3 of 4 or less) and were not in the reference."""
    return float(_crushed(pair).mean())


def lifted_blacks(pair: Pair) -> float:
    """Rise of the reference's darkest tone (its second percentile) through the tone curve, beyond a factor on all
    values; less the more that tone was no black. Levels of luma of 255."""
    dark = share_below(pair.luma[0], 0.02)
    tone = pair.tone
    factor = max((tone.middle + tone.shift) / max(tone.middle, 1.0), 1.0)
    rise = float(tone(dark)) - dark * factor
    return max(rise, 0.0) * float(np.clip((120 - dark) / 60, 0, 1))


def _change(pair: Pair, sign: int) -> np.ndarray:
    return np.maximum(sign * (cv2.blur(pair.actual, (CELL, CELL)) - cv2.blur(pair.luma[0], (CELL, CELL))), 0)


def _contrast_map(pair: Pair, sign: int) -> np.ndarray:
    """Where the distance from the local mean grew (1) or shrank (−1)."""
    spread = []
    for plane in (pair.luma[0].astype(np.float32), pair.actual):
        mean = cv2.blur(plane, (31, 31))
        spread.append(np.sqrt(np.maximum(cv2.blur(plane * plane, (31, 31)) - mean * mean, 0)))
    return np.maximum(sign * (spread[1] - spread[0]), 0)


def _lifted(pair: Pair) -> np.ndarray:
    before = pair.luma[0].astype(np.float32)
    return np.maximum(pair.actual - before, 0) * np.clip((64 - before) / 64, 0, 1)


TONE = (
    MeasuredEffect("brighter", "grey levels", 9, 50, brighter, lambda pair: _change(pair, 1)),
    MeasuredEffect("darker", "grey levels", 9, 50, darker, lambda pair: _change(pair, -1)),
    MeasuredEffect("more_contrast", "log of a factor", 0.12, 0.45, more_contrast, lambda pair: _contrast_map(pair, 1)),
    MeasuredEffect("less_contrast", "log of a factor", 0.08, 0.62, less_contrast, lambda pair: _contrast_map(pair, -1)),
    MeasuredEffect("clipped_lights", "share of pixels", 0.01, 0.3, clipped_lights, _clipped),
    MeasuredEffect("crushed_shadows", "share of pixels", 0.02, 0.35, crushed_shadows, _crushed),
    MeasuredEffect("lifted_blacks", "grey levels", 8, 70, lifted_blacks, _lifted),
)
