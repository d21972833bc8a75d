"""The ARNIQA recipe on any backbone: image embeddings at two scales, and a ridge regression to the score.

L. Agnolucci, L. Galteri, M. Bertini, A. Del Bimbo, "ARNIQA: Learning Distortion Manifold for Image Quality
Assessment", WACV 2024: five crops (corners and centre) of the photo and of its half-size copy, unit embeddings of
both side by side, one ridge regression on all crops, the mean of a photo's five predictions. Here the encoder is
the backbone that ours is tuned from, so the row says what tuning and attributes are worth over its plain embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.model import preprocess

if TYPE_CHECKING:
    from exiqa.bench.methods.peers.towers import Tower

CROPS = 5
ALPHAS = tuple(float(alpha) for alpha in np.geomspace(1e3, 1e-3, 100))
"""The grid that was published, the smoothest first."""


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores, higher is better; alpha is chosen on validation.

    Raises:
        UserError: The images that are fitted to have no scores, or the backbone cannot be loaded.
    """
    from exiqa.bench.methods.peers import towers

    return predict_with(task, towers.tower_of(towers.backbone_of(task)))


def predict_with(task: PredictionTask, tower: Tower) -> np.ndarray:
    """`predict` with an encoder of the caller's."""
    from exiqa.bench.methods.peers.fitting import fit_and_predict, training_data

    extractor = f"two scales {METHOD.version} {tower.hash}"
    data = training_data(task)

    def extract(photo: np.ndarray) -> np.ndarray:
        return two_scale_embeddings(photo, tower).ravel()

    features = cached_features(data.dataset, data.rows, extractor, extract)
    new = cached_features(task.test, task.test_rows, extractor, extract)
    features, new = (vectors.reshape(len(vectors), CROPS, -1) for vectors in (features, new))
    return fit_and_predict(data, features, ALPHAS, ridge, new)


def two_scale_embeddings(photo: np.ndarray, tower: Tower) -> np.ndarray:
    """(H, W, 3) uint8 photo -> (5, 2E) float32: per crop a unit vector at full scale, then one at half scale."""
    views = [preprocess.crops_at(scale, tower.size, preprocess.five_places) for scale in (photo, _half(photo))]
    full, half = np.split(tower.embed(np.concatenate(views)).cpu().numpy(), 2)
    return np.concatenate([full, half], axis=1)


def ridge(settings: Sequence[float], x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Scores by ridge regression, fitted to every crop with its photo's score; a photo's is the mean over its crops.

    Args:
        settings: The alpha of each of S regressions.
        x: (N, 5, F) features of crops to fit to.
        y: (N,) scores.
        new: (M, 5, F) features of the photos to predict.

    Returns:
        (S, M) scores.
    """
    from sklearn.linear_model import Ridge

    crops = x.reshape(-1, x.shape[-1]).astype(np.float64)
    targets = np.repeat(y.astype(np.float64), x.shape[1])
    # One target an alpha: the Gram matrix, which is most of the work, is then computed once for all of them.
    model = Ridge(alpha=np.array(settings)).fit(crops, np.tile(targets[:, None], (1, len(settings))))
    predicted = model.predict(new.mean(axis=1, dtype=np.float64))  # linear, so the mean over crops may come first
    return predicted.reshape(len(new), len(settings)).T


def _half(photo: np.ndarray) -> np.ndarray:
    """The photo at half its size, antialiased (bicubic); a side of one pixel stays."""
    height, width = photo.shape[:2]
    picture = Image.fromarray(np.ascontiguousarray(preprocess.as_rgb(photo)))
    return np.asarray(picture.resize((max(1, width // 2), max(1, height // 2)), Image.Resampling.BICUBIC))


METHOD = Method(
    label="Embedding + ridge",
    meaning="ARNIQA's recipe on the untuned backbone: image embeddings at full and half scale and a ridge regression "
    "on the training split, its alpha chosen on validation",
    protocols=SCORES,
    predict=predict,
    uses="backbone",
)
