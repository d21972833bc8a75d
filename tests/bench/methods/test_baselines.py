"""The trivial rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from exiqa.bench.methods.baselines.all_clean import all_clean
from exiqa.bench.methods.baselines.mean_score import mean_score
from exiqa.bench.methods.baselines.prior import prior
from exiqa.bench.metrics.strengths.rmse import METRIC as RMSE


def test_all_clean_is_zero_everywhere():
    assert all_clean(3, 2).tolist() == [[0, 0]] * 3


@given(arrays(np.float64, (6, 3), elements=st.floats(0, 1)), st.floats(-0.1, 0.1))
def test_no_other_constant_beats_the_prior_where_it_was_taken(strengths, shift):
    constant = prior(strengths, 6)
    assert constant.shape == (6, 3)
    assert RMSE(constant, strengths) <= RMSE(constant + shift, strengths) + 1e-6


def test_the_mean_score_and_what_it_needs():
    assert mean_score(np.array([0.2, 0.4]), 3) == pytest.approx([0.3] * 3)
    with pytest.raises(ValueError, match="a score for each"):
        mean_score(np.array([0.2, np.nan]), 3)
    with pytest.raises(ValueError, match="at least one"):
        prior(np.zeros((0, 3)), 1)
