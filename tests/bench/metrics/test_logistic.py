"""The five-parameter logistic: curves it must find again, an independent fit, and what it may not do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import curve_fit

from exiqa.bench.metrics import logistic
from exiqa.bench.metrics.bootstrap import bootstrap_interval
from exiqa.bench.metrics.logistic import fit_logistic
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.registry import metrics_of
from exiqa.bench.metrics.scores.plcc import METRIC as PLCC
from exiqa.bench.metrics.scores.plcc_logistic import METRIC as PLCC_LOGISTIC


def _vqeg(x, b1, b2, b3, b4, b5):
    return b1 * (0.5 - 1 / (1 + np.exp(b2 * (x - b3)))) + b4 * x + b5


@pytest.mark.parametrize("beta", [(0.8, 9, 0.4, 0.1, 0.5), (0.5, 30, 0.6, 0.0, 0.4), (-0.9, 6, 0.5, -0.1, 0.6)])
def test_scores_on_a_logistic_correlate_perfectly_once_it_is_fitted(beta):
    x = np.linspace(0, 1, 60)
    truth = _vqeg(x, *beta)
    np.testing.assert_allclose(fit_logistic(x, truth)(x), truth, atol=1e-6)
    assert abs(PLCC(x, truth)) < 0.995
    assert PLCC_LOGISTIC(x, truth) == pytest.approx(math.copysign(1, beta[0]))


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_that_of_an_independent_least_squares_from_the_true_parameters(seed):
    rng = np.random.default_rng(seed)
    x = rng.random(200)
    truth = _vqeg(x, 0.7, 12, 0.45, 0.2, 0.4) + rng.normal(0, 0.05, 200)
    oracle, _ = curve_fit(_vqeg, x, truth, p0=(0.7, 12, 0.45, 0.2, 0.4))
    expected = np.corrcoef(_vqeg(x, *oracle), truth)[0, 1]
    assert PLCC_LOGISTIC(x, truth) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("images", [50, 80])
def test_it_is_never_below_the_raw_correlation_and_keeps_its_sign(seed, images):
    rng = np.random.default_rng(seed)
    x, truth = np.round(rng.random(images), 1), rng.random(images)
    raw, fitted = PLCC(x, truth), PLCC_LOGISTIC(x, truth)
    assert abs(fitted) >= abs(raw) - 1e-9
    assert math.copysign(1, fitted) == math.copysign(1, raw)


def test_the_scale_of_the_predictions_does_not_matter():
    rng = np.random.default_rng(0)
    truth = rng.random(50)
    x = truth**3 + rng.normal(0, 0.1, 50)
    expected = PLCC_LOGISTIC(x, truth)
    assert PLCC_LOGISTIC(1e6 * x - 7, truth) == pytest.approx(expected, abs=1e-6)
    assert PLCC_LOGISTIC(-x, truth) == pytest.approx(-expected, abs=1e-6)
    assert PLCC_LOGISTIC(x, 100 * truth + 3) == pytest.approx(expected, abs=1e-6)


def test_below_fifty_images_the_fit_flatters_and_is_not_given():
    rng = np.random.default_rng(0)
    x, truth = rng.random(50), rng.random(50)
    values, undefined = measure(metrics_of("quality"), Predictions(x[:49], truth[:49]))
    assert values["plcc_logistic"] is None
    assert undefined == {
        "plcc_logistic": "a curve of five parameters flatters 49 images that it is fitted to; it takes 50"
    }
    # Of predictions that know nothing it makes a correlation: what it is withheld for.
    assert abs(PLCC_LOGISTIC(x, truth)) > abs(PLCC(x, truth))


def test_a_flat_fit_says_so():
    # Each prediction has both truths, so nothing but a constant fits.
    x, truth = np.tile(np.repeat(np.arange(4.0), 2), 7), np.tile([0.0, 1.0], 28)
    values, undefined = measure(metrics_of("quality"), Predictions(x, truth))
    assert values["plcc"] == pytest.approx(0)
    assert values["plcc_logistic"] is None
    assert "flat" in undefined["plcc_logistic"]


def test_one_record_fits_it_once(monkeypatch):
    fits = []
    monkeypatch.setattr(logistic, "fit_logistic", lambda *pair: fits.append(pair) or fit_logistic(*pair))
    rng = np.random.default_rng(0)
    of_record = Predictions(rng.random(50), rng.random(50))
    measure(metrics_of("quality"), of_record)
    assert bootstrap_interval(PLCC_LOGISTIC, of_record, np.arange(50) // 5, seed=0) is not None
    assert len(fits) == 1
