"""Metrics against hand-worked values and independent oracles; ties, constants and NaN included."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import Predictions, nearest_level
from exiqa.bench.metrics.registry import METRICS, metrics_of
from exiqa.bench.protocol import PROTOCOLS

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
FOUR = (0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize(
    ("strength", "number"),
    [(0, 0), (0.0999, 0), (0.1, 1), (0.2999, 1), (0.3, 2), (0.5, 3), (0.7, 4), (0.8999, 4), (0.9, 5), (1, 5)],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_papers_intervals(strength, number, dtype):
    assert nearest_level(np.array([[strength]], dtype=dtype), [FIVE]).item() == number


def test_intervals_follow_each_distortions_own_grid():
    # 0.35 is nearest to 0.4 (number 2) among five levels and to 0.25 (number 1) among four; 0.376 tips over.
    numbers = nearest_level(np.array([[0.35, 0.35], [0.35, 0.376]]), [FIVE, FOUR])
    assert numbers.tolist() == [[2, 1], [2, 2]]
    # A magnitude grid is uneven: boundaries lie halfway between neighbours.
    assert nearest_level(np.array([[0.54], [0.56], [0.04]]), [(0.1, 1.0)]).ravel().tolist() == [1, 2, 0]


@given(arrays(np.float64, (7, 3), elements=st.floats(0, 1)))
def test_every_strength_lies_in_the_interval_of_its_nearest_level(strengths):
    numbers = nearest_level(strengths, [FIVE, FOUR, (0.1, 1.0)])
    for column, grid in enumerate([FIVE, FOUR, (0.1, 1.0)]):
        distances = np.abs(strengths[:, column, None] - np.array([0.0, *grid]))
        own = distances[np.arange(7), numbers[:, column]]
        assert np.all(own <= distances.min(axis=1) + 1e-6)


@pytest.mark.parametrize(
    ("strengths", "levels", "message"),
    [
        (np.zeros((2, 3)), [FIVE], "do not fit the levels of 1 distortions"),
        (np.zeros(3), [FIVE] * 3, "do not fit"),
        (np.full((1, 1), 1.01), [FIVE], r"\[0, 1\]"),
        (np.full((1, 1), math.nan), [FIVE], r"\[0, 1\]"),
        (np.zeros((1, 1)), [(0.5, 0.4)], "ascend"),
        (np.zeros((1, 1)), [()], "ascend"),
    ],
)
def test_what_has_no_level_is_refused(strengths, levels, message):
    with pytest.raises(ValueError, match=message):
        nearest_level(strengths, levels)


# Two distortions, four images: blur .4, blur 1, noise .2, clean.
TRUTH = np.array([[0.4, 0], [1, 0], [0, 0.2], [0, 0]], dtype=np.float32)
PREDICTED = np.array([[0.45, 0.05], [0.6, 0.1], [0.0, 0.29], [0.5, 0.0]], dtype=np.float32)
LEVELS = [FIVE, FIVE]


def test_strength_metrics_by_hand():
    # Right pairs: (0, blur), (0, noise), (2, blur), (2, noise), (3, noise) = 5 of 8.
    assert METRICS["accuracy"](PREDICTED, TRUTH, LEVELS) == 5 / 8
    # Active pairs: blur .4 right, blur 1 wrong, noise .2 right.
    assert METRICS["active_accuracy"](PREDICTED, TRUTH, LEVELS) == 2 / 3
    errors = [0.05, 0.05, 0.4, 0.1, 0, 0.09, 0.5, 0]
    assert METRICS["rmse"](PREDICTED, TRUTH) == pytest.approx(math.sqrt(sum(e * e for e in errors) / 8), abs=1e-7)
    # Blur ranks .6 (yes) .5 (no) .45 (yes) 0: AP = 1/2·1 + 1/2·2/3; noise ranks .29 (yes) first: AP = 1.
    assert METRICS["map"](PREDICTED, TRUTH) == pytest.approx((5 / 6 + 1) / 2)
    # Called: blur 0, 1, 3, noise 1, 2; present: blur 0, 1, noise 2.
    assert METRICS["f1"](PREDICTED, TRUTH, LEVELS) == pytest.approx(2 * 3 / (5 + 3))
    assert METRICS["top1"](PREDICTED, TRUTH) == 1


def test_the_all_clean_prediction_of_a_single_distortion_set():
    # facts of KADID-10k's layout: 25 distortions, one at a time, five levels.
    truth = np.concatenate([np.eye(25) * level for level in FIVE])
    clean = np.zeros_like(truth)
    levels = [FIVE] * 25
    assert METRICS["accuracy"](clean, truth, levels) == pytest.approx(0.96)
    assert METRICS["rmse"](clean, truth) == pytest.approx(0.133, abs=5e-4)
    assert METRICS["active_accuracy"](clean, truth, levels) == 0
    assert METRICS["f1"](clean, truth, levels) == 0
    assert METRICS["top1"](clean, truth) == pytest.approx(1 / 25)
    assert METRICS["map"](clean, truth) == pytest.approx(1 / 25)
    prior = np.broadcast_to(truth.mean(axis=0), truth.shape)
    assert METRICS["rmse"](prior, truth) == pytest.approx(0.1305, abs=5e-5)


def test_tied_predictions_share_their_rank_and_their_vote():
    truth = np.array([[0.2, 0], [0.2, 0], [0, 0.4], [0, 0.4]])
    tied = np.full_like(truth, 0.5)
    assert METRICS["top1"](tied, truth) == 0.5
    assert METRICS["map"](tied, truth) == 0.5
    # An image with two distortions has no single type: it is not counted.
    assert METRICS["top1"](np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([[0.2, 0.2], [0, 1]])) == 0


@settings(max_examples=50)
@given(
    arrays(np.float64, (12, 2), elements=st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.6, 1.0])),
    arrays(np.bool_, (12, 2)).filter(lambda present: present.any(axis=0).all()),
)
def test_f1_and_average_precision_against_oracles(predicted, present):
    truth = np.where(present, 0.4, 0.0)
    expected = f1_score(present.ravel(), (predicted >= 0.1).ravel())
    assert METRICS["f1"](predicted, truth, LEVELS) == pytest.approx(expected)
    assert METRICS["map"](predicted, truth) == pytest.approx(
        np.mean([_average_precision(predicted[:, d], present[:, d]) for d in range(2)])
    )


def _average_precision(scores, present):
    """By the definition: over descending distinct thresholds, the gain in recall times the precision there."""
    total, recall_before = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        called = scores >= threshold
        recall = (called & present).sum() / present.sum()
        total += (recall - recall_before) * (called & present).sum() / called.sum()
        recall_before = recall
    return total


def test_correlations_by_hand():
    truth, predicted = np.array([1, 2, 3, 4.0]), np.array([1, 3, 2, 5.0])
    # Deviations -1.5 -.5 .5 1.5 and -1.75 .25 -.75 2.25.
    assert METRICS["plcc"](predicted, truth) == pytest.approx(5.5 / math.sqrt(5 * 8.75))
    assert METRICS["srcc"](predicted, truth) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert METRICS["krcc"](predicted, truth) == pytest.approx((5 - 1) / 6)


def test_the_sign_of_a_correlation_is_kept():
    truth = np.linspace(0, 1, 50)
    for correlation in (METRICS["plcc"], METRICS["plcc_logistic"], METRICS["srcc"], METRICS["krcc"]):
        assert correlation(-truth, truth) == pytest.approx(-1)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=12).filter(
        lambda pairs: len({a for a, _ in pairs}) > 1 and len({b for _, b in pairs}) > 1
    )
)
def test_correlations_with_ties_against_their_definitions(pairs):
    x, y = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    signs = [(np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i, j in itertools.combinations(range(len(x)), 2)]
    tau = sum(a * b for a, b in signs) / math.sqrt(sum(a * a for a, _ in signs) * sum(b * b for _, b in signs))
    ranks = [[(v > w).sum() + (v == w).sum() / 2 for v in w] for w in (x, y)]
    assert METRICS["krcc"](x, y) == pytest.approx(tau)
    assert METRICS["srcc"](x, y) == pytest.approx(np.corrcoef(ranks[0], ranks[1])[0, 1])
    assert METRICS["plcc"](x, y) == pytest.approx(np.corrcoef(x, y)[0, 1])


@pytest.mark.parametrize(
    ("predicted", "truth", "why"),
    [
        ([0.5, 0.5, 0.5], [0.1, 0.2, 0.3], "every predicted score is the same"),
        ([0.1, 0.2, 0.3], [0.5, 0.5, 0.5], "every true score is the same"),
        ([0.1, math.nan, 0.3], [0.1, 0.2, 0.3], "1 of 3 predicted scores are NaN"),
        ([0.1, 0.2, math.inf], [0.1, 0.2, 0.3], "1 of 3 predicted scores are NaN or infinite"),
        ([0.1, 0.2, 0.3], [math.nan, math.nan, 0.3], "2 of 3 true scores are NaN"),
        ([0.1], [0.2], "only one image"),
        ([], [], "no images"),
    ],
)
def test_undefined_correlations_are_nan_without_a_warning_and_say_why(predicted, truth, why):
    predicted, truth = np.array(predicted), np.array(truth)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for correlation in (METRICS["plcc"], METRICS["plcc_logistic"], METRICS["srcc"], METRICS["krcc"]):
            assert math.isnan(correlation(predicted, truth))
        values, undefined = measure(metrics_of("quality"), Predictions(predicted, truth))
    assert values["srcc"] is None
    assert why in undefined["srcc"]


def test_a_constant_score_still_has_an_rmse():
    values, undefined = measure(metrics_of("quality"), Predictions(np.full(3, 0.5), np.array([0.2, 0.5, 0.8])))
    assert values["score_rmse"] == pytest.approx(math.sqrt(0.18 / 3))
    assert set(undefined) == {"plcc", "plcc_logistic", "srcc", "krcc"}


def test_one_nan_makes_every_strength_metric_undefined():
    predicted = PREDICTED.copy()
    predicted[2, 1] = math.nan
    values, undefined = measure(metrics_of("identification"), Predictions(predicted, TRUTH, LEVELS))
    assert set(values.values()) == {None}
    assert set(undefined.values()) == {"1 of 8 predicted strengths are NaN or infinite"}
    assert math.isnan(METRICS["accuracy"](predicted, TRUTH, LEVELS))
    assert math.isnan(METRICS["rmse"](predicted, TRUTH))


def test_what_a_clean_test_set_leaves_undefined():
    clean = np.zeros((3, 2))
    values, undefined = measure(metrics_of("identification"), Predictions(clean, clean, LEVELS))
    assert values["accuracy"] == 1
    assert values["rmse"] == 0
    assert undefined == {
        "active_accuracy": "no image has any distortion",
        "map": "2 of 2 distortions occur in no image",
        "f1": "no image has a distortion and none was predicted",
        "top1": "no image has exactly one distortion",
    }


def test_shapes_that_do_not_fit_are_an_error_and_not_a_broadcast():
    with pytest.raises(ValueError, match="do not fit"):
        METRICS["rmse"](np.zeros((4, 1)), np.zeros((4, 2)))


def test_every_metric_says_what_it_is():
    values, undefined = measure(metrics_of("identification"), Predictions(PREDICTED, TRUTH, LEVELS))
    assert undefined == {}
    assert values["accuracy"] == METRICS["accuracy"](PREDICTED, TRUTH, LEVELS)
    assert values["top1"] == METRICS["top1"](PREDICTED, TRUTH)
    assert list(metrics_of("quality")) == list(metrics_of("zero_shot"))
    assert set(METRICS.own) == {name for protocol in PROTOCOLS for name in metrics_of(protocol)}
    assert all(METRICS[name].version >= 1 for name in METRICS.own)
    for metric in (METRICS[name] for name in (*metrics_of("identification"), *metrics_of("quality"))):
        assert metric.resampled is not None
        assert (metric.direction == "lower") == ("RMSE" in metric.label)


def test_levels_are_asked_for_only_by_what_needs_them():
    assert METRICS["rmse"](PREDICTED, TRUTH) > 0
    with pytest.raises(ValueError, match="needs the levels"):
        METRICS["accuracy"](PREDICTED, TRUTH)
