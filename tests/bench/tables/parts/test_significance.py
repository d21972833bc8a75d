"""Paired tests: hand-worked figures, scipy as the oracle, and what is tested against what."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exiqa.bench.reports.renderers.csv import csv_table
from exiqa.bench.reports.renderers.html import html_page
from exiqa.bench.reports.renderers.latex import latex_table
from exiqa.bench.reports.renderers.markdown import markdown_page
from exiqa.bench.reports.renderers.terminal import print_table
from exiqa.bench.reports.report import Report
from exiqa.bench.tables.parts.significance import (
    MIN_SPLITS,
    SIGNIFICANCE,
    corrected_resampled_t,
    equivalence_p,
    holm,
    lead,
    mark_pairs,
    mark_significance,
    paired_values,
    ratio_of_test_to_train,
    significance_notes,
)
from exiqa.bench.tables.parts.table import SIGNIFICANCE_SIGNS, Column, Entry, Row, RowGroup, Significance, Table


def test_the_corrected_t_by_hand():
    # Mean .03, s² = ((.02)² + 0 + (.02)²)/2 = .0004, 1/J + ratio = 1/3 + 2/3 = 1: t = .03/.02 = 1.5.
    t, p = corrected_resampled_t(np.array([0.01, 0.03, 0.05]), 2 / 3)
    assert t == pytest.approx(1.5)
    # With two degrees of freedom the distribution function has a closed form: p = 1 − t/√(2 + t²).
    assert p == pytest.approx(1 - 1.5 / math.sqrt(2 + 1.5**2))


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=15).filter(lambda d: len(set(d)) > 1))
def test_without_the_correction_it_is_scipys_paired_t(differences):
    values = np.array(differences) / 100
    t, p = corrected_resampled_t(values, 0.0)
    oracle = stats.ttest_rel(values, np.zeros(len(values)))
    assert t == pytest.approx(oracle.statistic)
    assert p == pytest.approx(oracle.pvalue)
    # The correction scales t by √(1/J ÷ (1/J + ratio)), and so makes p larger.
    corrected = corrected_resampled_t(values, 0.25)
    assert corrected[0] == pytest.approx(t / math.sqrt(1 + len(values) / 4))
    assert corrected[1] >= p


def test_overlapping_splits_do_not_find_differences_that_are_not_there():
    # What the correction is for: J differences that share most of their noise, with no difference behind them.
    rng = np.random.default_rng(0)
    found = plain = 0
    for _ in range(500):
        # Correlation ρ = test/(train + test) between splits, as Nadeau and Bengio assume.
        differences = math.sqrt(2 / 9) * rng.normal() + math.sqrt(7 / 9) * rng.normal(size=10)
        found += corrected_resampled_t(differences, 2 / 7)[1] < 0.05
        plain += corrected_resampled_t(differences, 0.0)[1] < 0.05
    assert found / 500 < 0.08
    assert plain / 500 > 0.2


def test_differences_without_a_spread():
    assert corrected_resampled_t(np.zeros(10), 0.25) == (0, 1)
    assert corrected_resampled_t(np.full(10, -0.2), 0.25) == (-math.inf, 0)
    # .3 − .1 and .9 − .7 differ in the last bit only.
    assert corrected_resampled_t(np.array([0.3 - 0.1, 0.9 - 0.7]), 0.25) == (math.inf, 0)


@pytest.mark.parametrize("differences", [[], [0.1], [0.1, math.nan], [[0.1, 0.2]]])
def test_too_few_or_undefined_differences_are_an_error(differences):
    with pytest.raises(ValueError, match="two or more finite"):
        corrected_resampled_t(np.array(differences), 0.25)


def test_holm_by_hand():
    # Sorted: .005·4, .01·3, .03·2, .04·1, then the running maximum.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1, 1)
    assert holm([]) == ()
    assert holm([0.2]) == (0.2,)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_what_the_stepwise_procedure_rejects(p_values):
    adjusted = holm(p_values)
    remaining = sorted(range(len(p_values)), key=lambda n: p_values[n])
    rejected = set()
    for left, number in zip(range(len(p_values), 0, -1), remaining, strict=True):
        if left * p_values[number] >= 0.05:
            break
        rejected.add(number)
    assert {n for n, p in enumerate(adjusted) if p < 0.05} == rejected
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))


def test_the_ratio_is_that_of_the_split():
    assert ratio_of_test_to_train("70/10/20") == pytest.approx(2 / 7)
    assert ratio_of_test_to_train("80/20") == pytest.approx(1 / 4)


def test_the_lead_is_positive_where_the_first_is_better():
    assert lead(np.array([0.8]), np.array([0.7]), "srcc") == pytest.approx([0.1])
    assert lead(np.array([0.8]), np.array([0.7]), "rmse") == pytest.approx([-0.1])


@pytest.fixture
def row(make_record):
    """Records of one row: an RMSE a split, seeds counted from `start`."""

    def make(values, *, method="exiqa", start=0):
        return [make_record(method, {"rmse": value}, seed=start + n) for n, value in enumerate(values)]

    return make


WOBBLE = np.tile([-0.001, 0.001], 5)


def test_values_are_paired_by_split(row):
    first, second = row([0.1, 0.2, 0.3]), row([0.5, 0.4], start=1)
    mine, others = paired_values(first, reversed(second), "rmse")
    assert (mine.tolist(), others.tolist()) == ([0.2, 0.3], [0.5, 0.4])
    with pytest.raises(ValueError, match="two records of one row"):
        paired_values(first + first, second, "rmse")


def test_rows_are_tested_against_the_best_other_row(row):
    best, near, far = row(0.1 + WOBBLE), row(0.1002 - WOBBLE), row(0.2 + WOBBLE / 2)
    assert mark_significance([far, best, near], "rmse") == ("worse", "equivalent", "equivalent")
    # Without its neighbour the best row is better than the best other one.
    assert mark_significance([far, best], "rmse") == ("worse", "better")
    assert mark_significance([best, far], "rmse") == ("better", "worse")


def test_higher_may_be_better(make_record):
    good, bad = (
        [make_record("exiqa", {"srcc": level + w}, protocol="quality", seed=n) for n, w in enumerate(wobble)]
        for level, wobble in ((0.9, WOBBLE), (0.8, -WOBBLE))
    )
    assert mark_significance([bad, good], "srcc") == ("worse", "better")


def test_the_rows_of_a_column_are_one_family(row):
    best = row(np.full(10, 0.1))
    # t = .001/√((1/10 + 2/7) s²) with a spread that gives p a little below .05.
    spread = np.tile([-1, 1], 5) * 0.00063
    other = row(0.101 + spread)
    p = corrected_resampled_t(0.001 + spread, 2 / 7)[1]
    assert 0.025 < p < 0.05
    assert mark_significance([best, other], "rmse") == ("better", "worse")
    # Not told apart by the test of a difference, and by that of equivalence within .01 alike.
    assert mark_significance([best, other, other], "rmse") == ("equivalent", "equivalent", "equivalent")


def test_a_constant_is_tested_against_nothing(row):
    constant, good, bad = row(np.full(10, 0.05), method="prior"), row(0.1 + WOBBLE), row(0.2 + WOBBLE)
    assert mark_significance([constant, good, bad], "rmse") == ("", "better", "worse")


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=15).filter(lambda d: len(set(d)) > 1))
def test_without_the_correction_equivalence_is_scipys_two_one_sided_tests(differences):
    values = np.array(differences) / 1000
    sides = [
        stats.ttest_1samp(values, -0.02, alternative="greater").pvalue,
        stats.ttest_1samp(values, 0.02, alternative="less").pvalue,
    ]
    assert equivalence_p(values, 0.0, 0.02) == pytest.approx(max(sides), abs=1e-12)
    assert equivalence_p(values, 0.25, 0.02) == pytest.approx(equivalence_p(-values, 0.25, 0.02))


def test_what_is_far_apart_or_wide_is_not_equivalent(row):
    # A spread of .05 over ten splits leaves room for a difference beyond .01: neither told apart nor equivalent.
    wide = row(0.1 + np.tile([-0.05, 0.05], 5))
    assert mark_pairs([(wide, row(np.full(10, 0.1)))], "rmse") == ("equal",)
    # Told apart, however little: that is what is said of it.
    assert mark_pairs([(row(np.full(10, 0.105) + WOBBLE / 9), row(np.full(10, 0.1)))], "rmse") == ("worse",)


def test_equivalence_is_not_found_at_the_margin_more_often_than_it_says():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(500):
        # As above: differences that share noise, and a true mean of the margin itself.
        shared = math.sqrt(2 / 9) * rng.normal() + math.sqrt(7 / 9) * rng.normal(size=10)
        found += equivalence_p(0.02 + 0.005 * shared, 2 / 7, 0.02) < 0.05
    assert found / 500 < 0.08


def test_below_ten_common_splits_nothing_is_tested(row):
    nine = MIN_SPLITS - 1
    best, worse = row(np.full(nine, 0.1)), row(np.full(nine, 0.9))
    marks = mark_significance([best, worse], "rmse")
    assert marks == ("few", "few")
    assert "too few splits" in significance_notes(marks)[0]
    # Ten each, but nine in common.
    assert mark_significance([row(np.full(10, 0.1)), row(np.full(10, 0.9), start=1)], "rmse") == ("few", "few")
    assert significance_notes(["better", "", "equal"]) == ()


def test_what_has_nothing_to_be_tested_against_has_no_mark(row):
    ten = row(np.full(10, 0.1))
    undefined = row([None, *np.full(9, 0.2)])
    assert mark_significance([ten, []], "rmse") == ("", "")
    assert mark_significance([ten, undefined], "rmse") == ("", "")
    assert mark_significance([ten, undefined, row(np.full(10, 0.3))], "rmse") == ("better", "", "worse")
    assert mark_significance([ten, ten], "srcc") == ("", "")
    assert mark_pairs([(ten, []), (ten, undefined), (ten, ten)], "rmse") == ("", "", "equivalent")
    assert mark_significance([], "rmse") == ()


def test_the_legend_explains_the_signs_that_are_printed():
    assert all(sign in SIGNIFICANCE.name for sign in SIGNIFICANCE_SIGNS.values() if sign)
    assert str(MIN_SPLITS) in SIGNIFICANCE.meaning


def test_every_renderer_prints_the_signs():
    column = Column("RMSE", "lower", 4)
    marks: tuple[Significance, ...] = ("better", "worse", "equal", "few", "", "equivalent")
    rows = tuple(Row(f"row {m}", "ours", (Entry(0.1 + n / 10, significance=m),)) for n, m in enumerate(marks))
    table = Table("Table", "A title", (column,), (RowGroup("", rows),), (), (), (SIGNIFICANCE,))
    report = Report("Title", (), (), (table,))
    markdown = [line for line in markdown_page(report).splitlines() if line.startswith("| row")]
    assert [line.split("|")[2].strip() for line in markdown] == [
        "0.1000 ▲", "0.2000 ▼", "0.3000 ≈", "0.4000", "0.5000", "0.6000 ≡",
    ]  # fmt: skip
    page = html_page(report)
    assert all(sign in page for sign in SIGNIFICANCE_SIGNS.values())
    assert "better beyond the noise" in page
    latex = latex_table(table, "tab:t")
    assert r"0.1000\,{\tiny \ensuremath{\bigtriangleup}}" in latex
    assert r"0.4000 \\" in latex
    assert [line["significance"] for line in csv.DictReader(io.StringIO(csv_table(table)))] == list(marks)


def test_the_terminal_prints_them_too(capsys):
    row = Row("row", "ours", (Entry(0.1, significance="worse"),))
    print_table(Table("Table", "A title", (Column("RMSE", "lower", 4),), (RowGroup("", (row,)),), (), (), ()))
    assert "0.1000▼" in capsys.readouterr().out
