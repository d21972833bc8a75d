from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from exiqa.core.errors import UserError
from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.regressor import Regressor, fit_regressor


def _data(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.random((rows, 6)).astype(np.float32) ** 2
    scores = 0.9 - 0.5 * features[:, 0] - 0.3 * features[:, 1] * features[:, 2]
    return features, scores.astype(np.float32)


def test_equation_9_is_two_selu_layers_worked_by_hand() -> None:
    regressor = Regressor(2, RegressorConfig(hidden=2)).eval()
    with torch.no_grad():
        for layer, weight in zip(
            [m for m in regressor.layers if isinstance(m, nn.Linear)], (1.0, 1.0, 1.0), strict=True
        ):
            layer.weight.fill_(weight)
            layer.bias.zero_()
    # x = (.5, 1) -> both hidden units 1.0507 × 1.5; then 1.0507 × 2 × that; then their sum.
    selu = 1.0507009873554805
    assert regressor.predict(np.array([[0.5, 1.0]]))[0] == pytest.approx(2 * selu * 2 * selu * 1.5, rel=1e-6)


def test_it_learns_a_nonlinear_score() -> None:
    features, scores = _data(600)
    held_out, truth = _data(200, seed=1)
    validation = _data(100, seed=2)
    regressor = fit_regressor(features, scores, *validation)
    predicted = regressor.predict(held_out)
    assert spearmanr(predicted, truth).statistic > 0.97
    assert np.sqrt(np.mean((predicted - truth) ** 2)) < 0.3 * truth.std()


def test_it_is_seeded() -> None:
    features, scores = _data(80)
    config = RegressorConfig(epochs=3)
    one, two = (fit_regressor(features, scores, config=config).predict(features) for _ in range(2))
    other = fit_regressor(features, scores, config=RegressorConfig(epochs=3, seed=1)).predict(features)
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_validation_keeps_it_from_learning_noise() -> None:
    features, _ = _data(60)
    noise = np.random.default_rng(5).random(60).astype(np.float32)
    held_out, _ = _data(400, seed=1)
    truth = np.random.default_rng(6).random(400).astype(np.float32)
    config = RegressorConfig(epochs=60)
    chosen = fit_regressor(features, noise, held_out[:200], truth[:200], config).predict(held_out[200:])
    last = fit_regressor(features, noise, config=config).predict(held_out[200:])
    rmse = [float(np.sqrt(np.mean((p - truth[200:]) ** 2))) for p in (chosen, last)]
    assert rmse[0] < rmse[1]


def test_bad_scores_are_refused() -> None:
    features, scores = _data(10)
    scores[3] = np.nan
    with pytest.raises(UserError, match="1 of the 10 training images have no score"):
        fit_regressor(features, scores)
    with pytest.raises(UserError, match="at least two"):
        fit_regressor(features[:1], scores[:1])
