"""Does its map show where? The share of its mass in a distorted half, and correlation with the effect's own map."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from measure_saliency import half_distorted

from exiqa.core.progress import progress_bar
from exiqa.iqadata.distortions.registry import LEVELS
from exiqa.iqadata.effects import DECLARED, EFFECTS, measure_effects
from exiqa.iqadata.standins.standin import Source, reference_pixels
from exiqa.model.assessing.saliency import saliency
from mini.backbone import Measured
from mini.findings import Findings, Headline, Table
from mini.pictures import KADID

LEVEL = 4


def measure_saliency(measured: Measured, sources: Sequence[Source], height: int, width: int) -> Findings:
    """Each distortion on two photos, once in the left half and once in the right."""
    artifact = measured.artifact
    distortions = [one for one in LEVELS[KADID] if one in artifact.bank.distortions]
    shares: dict[str, list[float]] = {one: [] for one in distortions}
    likeness: dict[str, list[float]] = {one: [] for one in distortions}
    with progress_bar("Saliency") as step:
        for number, distortion in enumerate(distortions):
            for left in (True, False):
                photo = reference_pixels(sources[(2 * number + left) % len(sources)], height, width)
                changed, half = half_distorted(photo, distortion, LEVEL, left, number)
                seen = saliency(artifact, changed, distortion).map
                shares[distortion].append(float(seen[:, half].sum()))
                likeness[distortion].append(_correlation(seen, _effect_map(photo, changed, distortion)))
            step(number + 1, len(distortions))
    rows: dict[str, list[float | None]] = {
        one: [float(np.median(shares[one])), float(np.median(likeness[one]))] for one in distortions
    }
    everything = [float(np.median(list(found.values()))) for found in (shares, likeness)]
    return Findings(
        [
            Headline("saliency: share of the map's mass in the distorted half, median", everything[0]),
            Headline("saliency: correlation with the effect's map, median", everything[1]),
        ],
        [Table("Where it sees a distortion", ("share in the half", "correlation"), {**rows, "all": everything})],
    )


def _effect_map(photo: np.ndarray, changed: np.ndarray, distortion: str) -> np.ndarray:
    """(H', W') in [0, 1]: the strongest of what the distortion is declared to do, place by place."""
    maps = measure_effects(photo, changed, maps=True).maps
    assert maps is not None
    names = list(EFFECTS)
    return maps[[names.index(effect) for effect in DECLARED[distortion]]].max(axis=0)


def _correlation(seen: np.ndarray, true: np.ndarray) -> float:
    """Pearson's of a saliency map, brought to the effect map's size, with that; 0 where either is flat."""
    scaled = cv2.resize(seen, true.shape[::-1], interpolation=cv2.INTER_AREA)
    if not (np.ptp(scaled) and np.ptp(true)):
        return 0.0
    return float(np.corrcoef(scaled.ravel(), true.ravel())[0, 1])
