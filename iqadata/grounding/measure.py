"""The effects in pairs of pictures, as curves over a distortion's levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.core.errors import UserError
from exiqa.core.progress import Step
from exiqa.iqadata.effects.cached import effects_of_pairs
from exiqa.iqadata.effects.measure import EFFECTS, EFFECTS_VERSION, visibility_of
from exiqa.iqadata.grounding.pairs import PairSource, PicturePair


def measure_table(source: PairSource, step: Step = lambda done, total: None) -> EffectTable:
    """The curves of every distortion that a source has pairs of. Measured once, then taken from the cache.

    Args:
        source: The pairs.
        step: Told (done, total) pairs.

    Raises:
        UserError: There is no pair, or one cannot be measured; the sentence names it.
    """
    total = sum(len(pairs) for pairs in source.pairs.values())
    if not total:
        reasons = "; ".join(dict.fromkeys(source.missing.values()))
        raise UserError(f"there are no pictures of any distortion: {reasons}")
    curves: dict[str, EffectCurves] = {}
    done = 0
    for distortion, pairs in source.pairs.items():

        def counted(measured: int, before: int = done) -> None:
            step(before + measured, total)

        curves[distortion] = curves_of(pairs, effects_of_pairs(pairs, on_pair=counted))
        done += len(pairs)
    return EffectTable(
        pairs=source.description,
        pairs_hash=source.hash,
        effects_version=EFFECTS_VERSION,
        curves=curves,
        missing=dict(source.missing),
    )


def curves_of(pairs: tuple[PicturePair, ...], values: np.ndarray) -> EffectCurves:
    """Means over photos, level by level.

    Args:
        pairs: P pairs of one distortion.
        values: (P, E) of `exiqa.iqadata.effects.cached.effects_of_pairs`.
    """
    levels = tuple(sorted({pair.level for pair in pairs}))
    visibility = visibility_of(values)
    rows = np.array([pair.level for pair in pairs])
    means = np.stack([visibility[rows == level].mean(0) for level in levels], axis=1)  # (E, L)
    curves: Mapping[str, tuple[float, ...]] = {
        effect: tuple(round(float(value), 3) for value in curve) for effect, curve in zip(EFFECTS, means, strict=True)
    }
    return EffectCurves(
        levels=levels,
        photos=len({pair.photo for pair in pairs}),
        visibility={effect: curve for effect, curve in curves.items() if any(curve)},
    )
