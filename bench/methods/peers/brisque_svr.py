"""BRISQUE as it was published, but trained here: its 36 features and a support-vector regressor on the same split.

A. Mittal, A. K. Moorthy, A. C. Bovik, "No-Reference Image Quality Assessment in the Spatial Domain", IEEE Trans.
Image Processing 21(12), 2012. The published weights were fitted to LIVE, which a fair row must not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.prediction_task import PredictionTask

COSTS = (0.25, 1.0, 4.0, 16.0, 64.0)
GAMMAS = (2**-8, 2**-6, 2**-4, 2**-2)
"""The grid around what was published: C = 1024 on scores of 0 to 100 (about 10 on 0 to 1), gamma = .05."""
SETTINGS = tuple(product(COSTS, GAMMAS))
EPSILON = 0.01
"""Half the width of the tube in which errors cost nothing, in units of the score: a hundredth of its range."""


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores, higher is better; C and gamma are chosen on validation.

    Raises:
        UserError: The images that are fitted to have no scores.
    """
    from exiqa.bench.methods.peers.fitting import fit_and_predict, training_data
    from exiqa.bench.methods.peers.natural_statistics import natural_statistics

    extractor = f"brisque {METHOD.version}"
    data = training_data(task)
    features = cached_features(data.dataset, data.rows, extractor, natural_statistics)
    new = cached_features(task.test, task.test_rows, extractor, natural_statistics)
    return fit_and_predict(data, features, SETTINGS, svr, new)


def svr(settings: Sequence[tuple[float, float]], x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Scores by ε-SVR with an RBF kernel, features scaled to [-1, 1] over the training images.

    Args:
        settings: (C, gamma) of each of S regressors.
        x: (N, 36) features to fit to.
        y: (N,) scores.
        new: (M, 36) features of the images to predict.

    Returns:
        (S, M) scores.
    """
    from sklearn.preprocessing import MinMaxScaler
    from sklearn.svm import SVR

    scaler = MinMaxScaler((-1, 1)).fit(x)
    x, new = scaler.transform(x), scaler.transform(new)
    return np.stack([SVR(C=cost, gamma=gamma, epsilon=EPSILON).fit(x, y).predict(new) for cost, gamma in settings])


METHOD = Method(
    label="BRISQUE + SVR",
    meaning="BRISQUE's 36 features and a support-vector regressor fitted to the training split, C and gamma chosen on "
    "validation",
    protocols=SCORES,
    predict=predict,
)
