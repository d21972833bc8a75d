"""Comparisons over the photos of one split: coverage by simulation, false alarms, closed cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from exiqa.bench.metrics.one_split import compare_scores, tie_groups

RHO = (0.70, 0.62)
"""Pearson's correlations of two predictors with the truth, all of them normal."""


def _spearman(rho: float) -> float:
    """Spearman's correlation of two normal variables with Pearson's `rho` (Pearson 1907)."""
    return 6 / np.pi * float(np.arcsin(rho / 2))


def _photos(rng: np.random.Generator, count: int, rho: tuple[float, float]) -> tuple[np.ndarray, ...]:
    truth = rng.normal(size=count)
    sides = [r * truth + np.sqrt(1 - r * r) * rng.normal(size=count) for r in rho]
    return sides[0], np.exp(sides[1]), truth  # another scale, which ranks do not see


def test_the_interval_covers_the_true_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    true = _spearman(RHO[0]) - _spearman(RHO[1])
    covered, runs = 0, 300
    for _ in range(runs):
        low, high = compare_scores(*_photos(rng, 150, RHO), samples=300).interval
        covered += low <= true <= high
    # 95 % of 300 runs, three standard errors to each side, and a little for the percentile interval at 150 photos.
    assert 0.90 <= covered / runs <= 0.985


def test_equal_predictors_are_told_apart_no_more_often_than_the_level() -> None:
    rng = np.random.default_rng(1)
    runs = 300
    alarms = sum(compare_scores(*_photos(rng, 100, (0.6, 0.6)), samples=300).p < 0.05 for _ in range(runs))
    assert alarms / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_a_difference_is_found_as_often_as_the_detectable_one_says() -> None:
    rng = np.random.default_rng(2)
    runs = [compare_scores(*_photos(rng, 200, (0.6, 0.45)), samples=300) for _ in range(200)]
    true = _spearman(0.6) - _spearman(0.45)
    # The detectable difference is 2.80 standard errors, and a difference of d of them is found by chance Φ(d − 1.96).
    errors = true / (np.mean([one.detectable for one in runs]) / (norm.ppf(0.975) + norm.ppf(0.8)))
    found = np.mean([one.p < 0.05 for one in runs])
    assert found == pytest.approx(norm.cdf(errors - norm.ppf(0.975)), abs=0.1)


def test_the_difference_is_scipys_and_turns_with_the_sides() -> None:
    first, second, truth = _photos(np.random.default_rng(3), 80, RHO)
    first, truth = np.round(first, 1), np.round(truth, 1)  # ties
    one = compare_scores(first, second, truth)
    expected = spearmanr(first, truth).statistic - spearmanr(second, truth).statistic
    assert one.difference == pytest.approx(expected, abs=1e-12)
    other = compare_scores(second, first, truth)
    assert other.difference == -one.difference
    assert one.interval[0] <= one.difference <= one.interval[1]
    assert compare_scores(first, second, truth) == one


def test_a_predictor_is_equivalent_to_its_copy_and_not_shown_to_be_to_a_worse_one() -> None:
    first, second, truth = _photos(np.random.default_rng(4), 300, (0.8, 0.5))
    copy = compare_scores(first, 3 * first + 1, truth)
    assert (copy.difference, copy.p, copy.equivalence) == (0.0, 1.0, "equivalent")
    assert compare_scores(first, second, truth).equivalence == "not shown"
    few = compare_scores(first[:20], first[:20] + np.linspace(0, 1, 20), truth[:20])
    assert few.equivalence == "not shown"  # too few photos to show it of anything


def test_groups_have_no_false_winner() -> None:
    values = {0: 0.70, 1: 0.69, 2: 0.60, 3: 0.59, 4: 0.30}
    groups = tie_groups([0, 1, 2, 3, 4], lambda head, one: values[head] - values[one] > 0.05)
    assert groups == [1, 1, 2, 2, 3]
    assert tie_groups([2, 0, 1], lambda head, one: False) == [1, 1, 1]


@pytest.mark.parametrize("side", [0, 1, 2])
def test_a_constant_side_is_refused(side: int) -> None:
    sides = list(_photos(np.random.default_rng(5), 10, RHO))
    sides[side] = np.full(10, 0.5)
    with pytest.raises(ValueError, match="constant"):
        compare_scores(*sides)
