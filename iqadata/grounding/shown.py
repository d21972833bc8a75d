"""What a model that sees is shown of a distortion: crops of pairs, where its effects are strongest."""

from __future__ import annotations

import cv2
import numpy as np

from exiqa.core.progress import Step
from exiqa.iqadata.effects.cached import effects_of_pairs
from exiqa.iqadata.effects.measure import measure_effects, visibility_of
from exiqa.iqadata.grounding.page import strongest_place
from exiqa.iqadata.grounding.pairs import PairSource, PicturePair

SIDE = 256
"""Of a crop, in pixels, or as much as the pictures have."""
PHOTOS = 2
"""Photos that crops are shown of."""


def shown_crops(source: PairSource, step: Step = lambda done, total: None) -> dict[str, tuple[bytes, ...]]:
    """Crops of each distortion's pairs, of different photos, each of the pair in which most is seen.

    Args:
        source: The pairs.
        step: Told (done, total) distortions.

    Returns:
        Distortion id -> PNG files: reference, distorted, reference, distorted.

    Raises:
        UserError: A pair cannot be measured; the sentence names it.
    """
    shown = {}
    for number, (distortion, pairs) in enumerate(source.pairs.items(), start=1):
        seen = visibility_of(effects_of_pairs(pairs)).sum(axis=1)
        best: dict[str, int] = {}
        for row in (-seen).argsort(kind="stable").tolist():
            best.setdefault(pairs[row].photo, row)
        shown[distortion] = tuple(file for row in list(best.values())[:PHOTOS] for file in _crops(pairs[row]))
        step(number, len(source.pairs))
    return shown


def _crops(pair: PicturePair) -> tuple[bytes, bytes]:
    """The same square of the reference and of the distorted picture, where all effects together are strongest."""
    reference, distorted = pair.load()
    maps = measure_effects(reference, distorted, maps=True).maps
    assert maps is not None
    side = min(SIDE, *reference.shape[:2])
    top, left = strongest_place(maps.sum(axis=0), side)
    return _png(reference[top : top + side, left : left + side]), _png(distorted[top : top + side, left : left + side])


def _png(image: np.ndarray) -> bytes:
    """(H, W, 3) uint8 sRGB as a PNG file."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))
    return bytes(data.tobytes())
