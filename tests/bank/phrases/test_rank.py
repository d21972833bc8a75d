"""Ranking against exhaustive search, hand-worked cases, and the nesting of its beginnings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bank.phrases.rank import rank


def test_relevance_alone_sorts_by_relevance() -> None:
    relevance = np.array([0.2, 0.9, 0.5, 0.9])
    assert rank(np.eye(4), relevance, np.zeros(4), 4, (1, 0, 0)) == [1, 3, 2, 0]


def test_distinctness_alone_sorts_by_distinctness() -> None:
    assert rank(np.eye(3), np.zeros(3), np.array([0.1, 0.3, 0.2]), 3, (0, 0, 1)) == [1, 2, 0]


def test_coverage_takes_one_of_each_group_first() -> None:
    # Two near-identical pairs and a loner: the second of a pair adds least, so it comes last.
    similarity = np.eye(5)
    similarity[0, 1] = similarity[1, 0] = similarity[2, 3] = similarity[3, 2] = 0.9
    assert rank(similarity, np.zeros(5), np.zeros(5), 5, (0, 1, 0)) == [0, 2, 4, 1, 3]


def test_opposed_phrases_cover_nothing_of_each_other() -> None:
    similarity = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert rank(similarity, np.zeros(2), np.zeros(2), 2, (0, 1, 0)) == [0, 1]


def test_fewer_phrases_than_k_are_all_ranked() -> None:
    assert rank(np.eye(2), np.array([0.1, 0.2]), np.zeros(2), 5) == [1, 0]
    assert rank(np.zeros((0, 0)), np.zeros(0), np.zeros(0), 5) == []


def _material(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((count, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T, random.random(count), random.random(count)


def _value(chosen: list[int], similarity: np.ndarray, relevance: np.ndarray, distinct: np.ndarray, k: int) -> float:
    coverage = float(np.maximum(similarity[:, chosen], 0).max(axis=1).mean())
    return float((relevance[chosen] + distinct[chosen]).sum() / k + coverage)


@pytest.mark.parametrize("seed", range(5))
def test_the_greedy_set_is_within_its_bound_of_the_best(seed: int) -> None:
    similarity, relevance, distinct = _material(seed, 9)
    k = 4
    best = max(_value(list(c), similarity, relevance, distinct, k) for c in combinations(range(9), k))
    greedy = _value(rank(similarity, relevance, distinct, k), similarity, relevance, distinct, k)
    assert (1 - 1 / np.e) * best <= greedy <= best + 1e-12


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_the_ranking_is_a_permutation_of_the_best_and_each_step_is_greedy(seed: int, count: int, k: int) -> None:
    similarity, relevance, distinct = _material(seed, count)
    order = rank(similarity, relevance, distinct, k)
    assert len(order) == len(set(order)) == min(k, count)
    for length in range(1, len(order) + 1):
        here = _value(order[:length], similarity, relevance, distinct, k)
        others = [n for n in range(count) if n not in order[: length - 1]]
        for other in others:
            assert here >= _value([*order[: length - 1], other], similarity, relevance, distinct, k) - 1e-8
