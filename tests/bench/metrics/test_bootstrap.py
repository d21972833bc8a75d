"""The bootstrap over references against the metrics themselves on lists of resampled images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bench.metrics import bootstrap
from exiqa.bench.metrics.bootstrap import MIN_REFERENCES, bootstrap_interval, expanded_tail
from exiqa.bench.metrics.logistic import fit_logistic
from exiqa.bench.metrics.metric import Metric
from exiqa.bench.metrics.predictions import Levels, Predictions
from exiqa.bench.metrics.registry import METRICS, metrics_of
from exiqa.bench.metrics.scores import correlation
from exiqa.bench.metrics.scores.srcc import rank_shares

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
LEVELS = [FIVE] * 3


def _interval(
    metric: str, predicted: np.ndarray, truth: np.ndarray, references, levels: Levels | None = None, **drawn: int
) -> tuple[float, float] | None:
    return bootstrap_interval(METRICS[metric], Predictions(predicted, truth, levels), references, **drawn)


def _strengths(seed: int, images: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(predicted, truth, references) with ties among the predictions and references of uneven size."""
    rng = np.random.default_rng(seed)
    truth = np.eye(3)[rng.integers(0, 3, images)] * rng.choice(FIVE, (images, 1))
    truth[::7, 1] = 0.4
    predicted = np.round(np.clip(truth / 2 + rng.random((images, 3)) / 2, 0, 1), 1)
    return predicted, truth, np.array([f"i{n}" for n in rng.permutation(np.arange(images) ** 2 % 23)])


def _scores(seed: int, images: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.round(rng.random(images), 1)
    predicted = np.round(truth**2 + rng.normal(0, 0.3, images), 1)
    return predicted, truth, rng.permutation(np.arange(images) % 13).astype(str)


def _resamples(references: np.ndarray, seed: int, samples: int) -> list[np.ndarray]:
    """The rows of each resample, drawn as the bootstrap draws, image by image."""
    names = sorted(set(references))
    draws = np.random.default_rng(seed).multinomial(len(names), [1 / len(names)] * len(names), size=samples)
    rows = {name: np.flatnonzero(references == name) for name in names}
    return [
        np.concatenate([np.tile(rows[name], int(count)) for name, count in zip(names, draw, strict=True)])
        for draw in draws
    ]


def _percentiles(values: list[float], references: np.ndarray) -> tuple[float, float]:
    tail = expanded_tail(len(set(references)))
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)


@pytest.mark.parametrize("metric", metrics_of("identification"))
@pytest.mark.parametrize("seed", [0, 1])
def test_strength_metrics_are_those_of_the_resampled_images(metric, seed):
    predicted, truth, references = _strengths(seed)
    expected = [METRICS[metric](predicted[rows], truth[rows], LEVELS) for rows in _resamples(references, 5, 50)]
    found = _interval(metric, predicted, truth, references, LEVELS, seed=5, samples=50)
    assert found == pytest.approx(_percentiles(expected, references))


@pytest.mark.parametrize("metric", [name for name in metrics_of("quality") if name != "plcc_logistic"])
@pytest.mark.parametrize("seed", [0, 1])
def test_score_metrics_are_those_of_the_resampled_images(metric, seed):
    predicted, truth, references = _scores(seed)
    expected = [METRICS[metric](predicted[rows], truth[rows]) for rows in _resamples(references, 5, 50)]
    found = _interval(metric, predicted, truth, references, seed=5, samples=50)
    assert found == pytest.approx(_percentiles(expected, references))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_logistic_is_fitted_once_and_the_sign_is_the_raw_ones(sign):
    predicted, truth, references = _scores(0, 60)
    predicted = sign * predicted
    fitted = fit_logistic(predicted, truth)(predicted)
    expected = [sign * METRICS["plcc"](fitted[rows], truth[rows]) for rows in _resamples(references, 5, 50)]
    found = _interval("plcc_logistic", predicted, truth, references, seed=5, samples=50)
    assert found == pytest.approx(_percentiles(expected, references))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_ranks_with_multiplicities_are_those_of_the_repeated_values(data):
    values = np.array(data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=8)), dtype=float)
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))))
    ranks = weights @ rank_shares(values, np.arange(len(values)), len(values)) + 0.5
    repeated = np.repeat(values, weights)
    expected = [(repeated < value).sum() + ((repeated == value).sum() + 1) / 2 for value in values]
    assert ranks[weights > 0].tolist() == [e for e, w in zip(expected, weights, strict=True) if w]


def test_chunks_change_nothing(monkeypatch):
    predicted, truth, references = _scores(3)
    whole = [_interval(m, predicted, truth, references, seed=1) for m in ("srcc", "krcc")]
    monkeypatch.setattr(correlation, "NUMBERS_AT_ONCE", 100)
    parts = [_interval(m, predicted, truth, references, seed=1) for m in ("srcc", "krcc")]
    np.testing.assert_allclose(np.array(parts, dtype=float), np.array(whole, dtype=float))


def test_the_seed_decides_and_the_order_of_the_images_does_not():
    predicted, truth, references = _scores(0)
    first = _interval("srcc", predicted, truth, references, seed=0)
    assert first == _interval("srcc", predicted, truth, references, seed=0)
    assert first != _interval("srcc", predicted, truth, references, seed=1)
    order = np.random.default_rng(0).permutation(len(truth))
    shuffled = _interval("srcc", predicted[order], truth[order], references[order], seed=0)
    assert shuffled == pytest.approx(first)


def test_images_of_one_reference_are_drawn_together():
    # Every image is right or wrong with its reference: the interval is that of 12 draws, however many images.
    truth = np.full((1200, 1), 0.4)
    references = np.arange(1200) % 12
    predicted = np.where(references < 6, 0.4, 0.8)[:, None]
    found = _interval("accuracy", predicted, truth, references, [FIVE], seed=0, samples=4000)
    # Binomial(12, 1/2): the expanded tail of .0108 lies between P(X ≤ 1) = .0032 and P(X ≤ 2) = .0193.
    assert found == (2 / 12, 10 / 12)


def test_the_tail_is_that_of_students_t_and_of_many_references_the_normal_one():
    from scipy import stats

    for count in (10, 30):
        t = stats.t.ppf(0.975, count - 1)
        assert expanded_tail(count) == pytest.approx(stats.norm.cdf(-t * np.sqrt(count / (count - 1))))
    assert expanded_tail(10**6) == pytest.approx(0.025, abs=1e-6)
    assert expanded_tail(10) == pytest.approx(0.0086, abs=1e-4)


def _coverage(metric: str, count: int, trials: int = 200) -> float:
    """How often the interval of `count` references, six images each, has the value that endless ones would give."""
    rng = np.random.default_rng(7)
    group, images = np.repeat(np.arange(count), 6), 6 * count
    covered = 0
    for seed in range(trials):
        # What the images of a reference share, and what they do not.
        first, second = (np.sqrt(0.3) * rng.normal(size=count)[group] + np.sqrt(0.7) * rng.normal(size=images)
                         for _ in range(2))  # fmt: skip
        if metric == "accuracy":
            right = rng.random(images) < rng.beta(6, 4, count)[group]
            answers, truth, value = np.where(right, 0.4, 0.8)[:, None], np.full((images, 1), 0.4), 0.6
        else:
            # Of bivariate normal scores with Pearson's r: Spearman's is 6/π · asin(r/2).
            answers, truth, value = 0.7 * first + np.sqrt(0.51) * second, first, 6 / np.pi * np.arcsin(0.35)
        interval = _interval(metric, answers, truth, group, [FIVE], seed=seed, samples=300)
        assert interval is not None
        covered += interval[0] <= value <= interval[1]
    return covered / trials


@pytest.mark.parametrize("count", [MIN_REFERENCES, 30])
@pytest.mark.parametrize("metric", ["accuracy", "srcc"])
def test_an_interval_covers_the_truth_as_often_as_it_says(metric, count):
    assert 0.90 <= _coverage(metric, count) <= 0.99


def test_intervals_of_a_few_references_would_cover_half_of_what_they_say(monkeypatch):
    """Why there is none below ten references: what a plain bootstrap of two says is not so."""
    monkeypatch.setattr(bootstrap, "MIN_REFERENCES", 2)
    monkeypatch.setattr(bootstrap, "expanded_tail", lambda count: 0.025)
    assert _coverage("accuracy", 2) < 0.65
    assert _coverage("accuracy", 5) < 0.90


def test_what_has_no_interval():
    predicted, truth, references = _scores(0)
    nine = np.minimum(np.unique(references, return_inverse=True)[1], MIN_REFERENCES - 2)
    assert _interval("srcc", predicted, truth, nine, seed=0) is None
    assert _interval("srcc", predicted, truth, np.minimum(nine, 9), seed=0) is None
    assert _interval("srcc", np.full_like(predicted, 0.5), truth, references, seed=0) is None
    broken = predicted.copy()
    broken[3] = np.nan
    assert _interval("score_rmse", broken, truth, references, seed=0) is None
    # The second distortion is in one reference only, and some resample does not have it.
    strengths = np.array([[0.2, 0]] * 9 + [[0, 0.6]])
    names = np.arange(10)
    assert _interval("map", strengths, strengths, names, [FIVE, FIVE], seed=0) is None
    assert _interval("rmse", strengths, strengths, names, [FIVE, FIVE], seed=0) == (0, 0)


def test_references_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="3 references do not fit"):
        _interval("srcc", np.zeros(2), np.zeros(2), ["a", "b", "c"], seed=0)


def test_a_metric_that_does_not_say_how_is_taken_of_every_resample():
    predicted, truth, references = _scores(0)
    srcc = METRICS["srcc"]
    plain = Metric(srcc.label, srcc.direction, srcc.meaning, srcc.protocols, srcc.value, srcc.undefined)
    found = bootstrap_interval(plain, Predictions(predicted, truth), references, seed=5, samples=50)
    assert found == pytest.approx(_interval("srcc", predicted, truth, references, seed=5, samples=50))
