"""Oracle impurity score: what single attributes tell of others' truth beyond what truth itself tells, or short of it.

OIS = (2/k) ‖π(P) − π(T)‖_F over the k decided attributes. π(S)_ij is how well column i of S predicts whether attribute
j is true: the area under the ROC curve of the best monotone predictor, max(AUROC, 1 − AUROC), so that nothing is
fitted. P are the P(a|I) and T the truth, whose matrix is the oracle's: attributes that name the same effect, or effects
that come together, may tell of each other. Attributes that are constant are pure as well, and say nothing: OIS is to
be read beside the AUROC.

Source: M. Espinosa Zarlenga et al., Towards robust metrics for concept representation evaluation, AAAI (2023), which
fits a small network for each pair.
"""

from __future__ import annotations

import numpy as np

from exiqa.bench.metrics.attributes.decided import auroc_matrix, decided, why_none_decided
from exiqa.bench.metrics.bootstrap import without_interval
from exiqa.bench.metrics.metric import ATTRIBUTES, Metric
from exiqa.bench.metrics.predictions import Predictions


def purity_matrix(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(k, k) in [0.5, 1]: how well each of (N, k) scores predicts each of (N, k) truths, in either direction."""
    areas = auroc_matrix(scores, truth)
    return np.maximum(areas, 1 - areas)


def _value(predictions: Predictions) -> float:
    chosen = decided(predictions)
    truth = predictions.truth[:, chosen]
    difference = purity_matrix(predictions.predicted[:, chosen], truth) - purity_matrix(truth, truth)
    return float(2 * np.linalg.norm(difference) / len(difference))


METRIC = Metric(
    label="OIS",
    direction="lower",
    meaning="oracle impurity score (Espinosa Zarlenga et al., 2023): how far what single attributes tell of each "
    "other's truth lies from what truth tells",
    protocols=ATTRIBUTES,
    value=_value,
    undefined=why_none_decided,
    resampled=without_interval,
)
"""In [0, 1]; 0 where P(a|I) orders the images as truth does."""
