"""Breakdowns by distortion: hand-worked, and consistent with the figures of the whole split."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from exiqa.bench.metrics.per_distortion import scores_per_distortion, strengths_per_distortion
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.registry import METRICS, metrics_of

STRENGTHS, SCORES = metrics_of("identification"), metrics_of("quality")
FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
# Blur .4, blur 1, noise .2, both, clean.
TRUTH = np.array([[0.4, 0], [1, 0], [0, 0.2], [0.6, 0.2], [0, 0]])
PREDICTED = np.array([[0.45, 0.05], [0.6, 0.7], [0.0, 0.29], [0.2, 0.2], [0.5, 0.0]])


def test_strengths_by_hand():
    found = strengths_per_distortion(STRENGTHS, Predictions(PREDICTED, TRUTH, [FIVE, FIVE]), ("blur", "noise"))
    assert list(found) == ["blur", "noise"]
    # Blur's column: right for images 0 and 2; its active images are 0, 1, 3; called 0, 1, 3, 4.
    assert found["blur"]["accuracy"] == 2 / 5
    assert found["blur"]["active_accuracy"] == pytest.approx(1 / 3)
    assert found["blur"]["f1"] == pytest.approx(2 * 3 / (4 + 3))
    # Ranked .6 (yes) .5 (no) .45 (yes) .2 (yes) 0.
    assert found["blur"]["map"] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert found["blur"]["rmse"] == pytest.approx(math.sqrt((0.05**2 + 0.4**2 + 0.4**2 + 0.5**2) / 5))
    # Of the two images with blur alone, one is strongest in blur; the image with both does not count.
    assert found["blur"]["top1"] == 1 / 2
    assert found["noise"]["top1"] == 1


def test_the_mean_over_the_distortions_is_the_split():
    rng = np.random.default_rng(0)
    truth = np.eye(3)[rng.integers(0, 3, 30)] * rng.choice(FIVE, (30, 1))
    predicted = rng.random((30, 3))
    levels = [FIVE] * 3
    found = strengths_per_distortion(STRENGTHS, Predictions(predicted, truth, levels), ("a", "b", "c"))
    for name in ("accuracy", "map"):
        mean = np.mean([figures[name] for figures in found.values()])  # type: ignore[misc]
        assert mean == pytest.approx(METRICS[name](predicted, truth, levels))
    squares = np.mean([(figures["rmse"] or 0) ** 2 for figures in found.values()])
    assert math.sqrt(squares) == pytest.approx(METRICS["rmse"](predicted, truth))


def test_scores_are_measured_over_each_distortions_images():
    rng = np.random.default_rng(1)
    truth, predicted = rng.random(20), rng.random(20)
    own = np.array(["blur", "noise"] * 9 + ["", "blur+noise"])
    found = scores_per_distortion(SCORES, Predictions(predicted, truth), own, ("blur", "noise", "never"))
    assert list(found) == ["blur", "noise"]
    assert found["noise"]["srcc"] == pytest.approx(stats.spearmanr(predicted[1:18:2], truth[1:18:2]).statistic)
    assert found["blur"]["score_rmse"] == pytest.approx(METRICS["rmse"](predicted[0:18:2], truth[0:18:2]))


def test_what_is_not_defined_is_none_and_not_left_out():
    found = scores_per_distortion(
        SCORES, Predictions(np.array([0.5, 0.5]), np.array([0.1, 0.9])), ["blur"] * 2, ("blur",)
    )
    assert found["blur"]["srcc"] is None
    assert found["blur"]["score_rmse"] == pytest.approx(0.4)
    of_two = Predictions(np.full((2, 2), 0.3), np.array([[0.2, 0], [0.4, 0]]), [FIVE] * 2)
    absent = strengths_per_distortion(STRENGTHS, of_two, ("a", "b"))
    assert absent["b"]["map"] is None
    assert absent["b"]["top1"] is None
    assert absent["b"]["accuracy"] == 0


def test_no_image_with_one_known_distortion_gives_no_breakdown():
    assert scores_per_distortion(SCORES, Predictions(np.zeros(2), np.ones(2)), ["a+b", ""], ("a", "b")) == {}
