"""The break-down of a score: completeness, a linear model in closed form, and double quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from exiqa.model.assessing.breakdown import break_down
from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.regressor import Regressor, fit_regressor

PHRASES = ("grain", "blur", "blocks")


def _fitted(seed: int) -> tuple[Regressor, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random((60, 3)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] - np.abs(x[:, 2] - 0.5)).astype(np.float32)
    return fit_regressor(x, y, config=RegressorConfig(hidden=16, epochs=40, seed=seed)), x


@pytest.mark.parametrize("seed", [0, 1])
def test_parts_sum_to_prediction_minus_baseline(seed: int) -> None:
    regressor, x = _fitted(seed)
    for row in x[:5]:
        found = break_down(regressor, row, PHRASES)
        assert found.prediction == pytest.approx(float(regressor.predict(row[None])[0]), abs=1e-5)
        assert found.baseline == pytest.approx(float(regressor.predict(regressor.mean[None].numpy())[0]), abs=1e-5)
        assert sum(p.contribution for p in found.parts) == pytest.approx(found.prediction - found.baseline, abs=1e-3)
        sizes = [abs(p.contribution) for p in found.parts]
        assert sizes == sorted(sizes, reverse=True)


def test_contributions_are_the_integral_of_the_gradient() -> None:
    regressor, x = _fitted(3)
    row = x[7]
    parts = {p.phrase: p for p in break_down(regressor, row, PHRASES).parts}
    start = regressor.mean.numpy().astype(float)

    def score(at: np.ndarray) -> float:
        """The regressor in plain numpy, double precision."""
        h = (at - regressor.mean.numpy()) / regressor.std.numpy()
        for layer in regressor.layers:
            if isinstance(layer, torch.nn.Linear):
                h = layer.weight.detach().double().numpy() @ h + layer.bias.detach().double().numpy()
            elif isinstance(layer, torch.nn.SELU):
                h = 1.0507009873554805 * np.where(h > 0, h, 1.6732632423543772 * np.expm1(np.minimum(h, 0)))
        return float(h[0])

    for column, phrase in enumerate(PHRASES):
        step = np.eye(3)[column] * 1e-6

        def slope(t: float, step: np.ndarray = step) -> float:
            at = start + t * (row - start)
            return (score(at + step) - score(at - step)) / 2e-6

        integral = quad(slope, 0, 1, limit=40, epsabs=1e-5)[0] * (row[column] - start[column])
        assert parts[phrase].contribution == pytest.approx(integral, abs=2e-4)
        assert parts[phrase].probability == pytest.approx(row[column])
        assert parts[phrase].typical == pytest.approx(start[column])


def test_a_typical_photo_has_nothing_to_explain() -> None:
    regressor, _ = _fitted(0)
    found = break_down(regressor, regressor.mean.numpy(), PHRASES)
    assert found.prediction == found.baseline
    assert all(part.contribution == 0 for part in found.parts)
