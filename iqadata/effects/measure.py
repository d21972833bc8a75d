"""All effects of a distorted picture at once."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from exiqa.bank.linking.effects import EFFECTS as VOCABULARY
from exiqa.iqadata.effects.effect import MeasuredEffect
from exiqa.iqadata.effects.families.color import COLOR
from exiqa.iqadata.effects.families.detail import DETAIL
from exiqa.iqadata.effects.families.field import FIELD
from exiqa.iqadata.effects.families.grain import GRAIN
from exiqa.iqadata.effects.families.pieces import PIECES
from exiqa.iqadata.effects.families.place import PLACE
from exiqa.iqadata.effects.families.steps import STEPS
from exiqa.iqadata.effects.families.tone import TONE
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.versions import EFFECTS_VERSION as EFFECTS_VERSION

_BY_ID = {effect.id: effect for effect in (*DETAIL, *GRAIN, *PIECES, *TONE, *STEPS, *COLOR, *PLACE, *FIELD)}

EFFECTS: MappingProxyType[str, MeasuredEffect] = MappingProxyType({id: _BY_ID[id] for id in VOCABULARY})
"""Effect id -> how it is measured, in the vocabulary's order."""


@dataclass(frozen=True)
class EffectMeasurement:
    """The E effects of one distorted picture, in the order of `EFFECTS`."""

    values: np.ndarray
    """(E,) float32 ≥ 0, each in its effect's own unit."""
    visibility: np.ndarray
    """(E,) float32 in [0, 1]: 0 not seen, 1 complete."""
    maps: np.ndarray | None = None
    """(E, H, W) float32 in [0, 1]: where each effect is, its strongest place as high as its visibility; on request."""


def measure_effects(reference: np.ndarray, distorted: np.ndarray, maps: bool = False) -> EffectMeasurement:
    """Measure every effect of a distorted picture against its reference.

    Args:
        reference: (H, W, 3) uint8 sRGB, at least 96 pixels a side. Above 1.1·384·288 pixels both are reduced first.
        distorted: The same shape.
        maps: Give maps as well.

    Raises:
        UserError: A picture is no such array, they differ in size, are too small, or show different things.
    """
    pair = Pair(reference, distorted)
    values = np.array([effect.measure(pair) for effect in EFFECTS.values()], np.float32)
    visibility = visibility_of(values)
    if not maps:
        return EffectMeasurement(values, visibility)
    planes = [
        _scaled(effect.locate(pair), float(seen), pair) if seen > 0 else np.zeros(pair.size, np.float32)
        for effect, seen in zip(EFFECTS.values(), visibility, strict=True)
    ]
    return EffectMeasurement(values, visibility, np.stack(planes))


def visibility_of(values: np.ndarray) -> np.ndarray:
    """Visibility in [0, 1] of values (..., E) in the order of `EFFECTS`, float32."""
    visible, complete = (
        np.array([getattr(effect, end) for effect in EFFECTS.values()], np.float32) for end in ("visible", "complete")
    )
    return np.clip((values - visible) / (complete - visible), 0, 1)


def _scaled(plane: np.ndarray, visibility: float, pair: Pair) -> np.ndarray:
    """A map at the picture's own size with `visibility` at its strongest place."""
    height, width = pair.size
    whole = cv2.resize(plane.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return whole * np.float32(visibility / max(float(whole.max()), 1e-6))
