"""De-duplication against a plain double loop, and its blocks against no blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bank.phrases import deduplicate
from exiqa.bank.phrases.deduplicate import Match, cosines, near_duplicates, shared_attributes


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _neutral(count: int) -> np.ndarray:
    return np.zeros((count, 2), dtype=np.uint8)


def test_cosines_worked_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert cosines(vectors, vectors).tolist() == [[1, 0, 0.6], [0, 1, 0.8], [0.6, 0.8, 1]]


def test_a_phrase_is_compared_with_those_that_stayed() -> None:
    # 20 degrees apart each: the second duplicates the first (cos 20° = .94), the third only the dropped second.
    angles = np.deg2rad([0, 20, 40])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert near_duplicates(vectors, _neutral(3), 0.9) == [None, Match(0, 0.9397), None]
    assert near_duplicates(vectors, _neutral(3), 0.7) == [None, Match(0, 0.9397), Match(0, 0.766)]
    assert near_duplicates(vectors[:0], _neutral(0), 0.7) == []


def test_opposites_are_no_duplicates_however_near() -> None:
    vectors = np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32)
    signs = np.array([[1, 0], [2, 0], [0, 0]], dtype=np.uint8)
    assert near_duplicates(vectors, signs, 0.5) == [None, None, Match(0, 1.0)]
    assert shared_attributes(vectors, signs, 1, 0.5, lambda phrase, attribute: True) == [None, None, Match(0, 1.0)]


def test_a_cosine_at_the_threshold_counts_after_rounding() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6]], dtype=np.float32)
    for threshold, merged in ((0.8, True), (0.8001, False), (0.79999, True)):
        expected = [None, Match(0, 0.8) if merged else None]
        assert near_duplicates(vectors, _neutral(2), threshold) == expected
        assert shared_attributes(vectors, _neutral(2), 1, threshold, lambda phrase, attribute: True) == expected


def test_a_refused_attribute_gives_way_to_the_next_nearest() -> None:
    angles = np.deg2rad([0, 30, 12])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    nearest = shared_attributes(vectors, _neutral(3), 2, 0.9, lambda phrase, attribute: True)
    assert nearest[2] == Match(0, 0.9781)
    second = shared_attributes(vectors, _neutral(3), 2, 0.9, lambda phrase, attribute: attribute != 0)
    assert second[2] == Match(1, 0.9511)
    assert shared_attributes(vectors, _neutral(3), 2, 0.9, lambda phrase, attribute: False)[2] is None


def _plainly(vectors: np.ndarray, signs: np.ndarray, existing: int, threshold: float) -> list[int | None]:
    """What `shared_attributes` is to do, as a double loop."""
    near = cosines(vectors, vectors)
    targets: list[int | None] = [None] * existing
    for index in range(existing, len(vectors)):
        best, target = threshold, None
        for other in range(index):
            if targets[other] is not None:
                continue
            if any(a and b and not a & b for a, b in zip(signs[index].tolist(), signs[other].tolist(), strict=True)):
                continue
            cosine = near[index, other]
            if cosine >= best and (target is None or cosine > best):
                best, target = cosine, other
        targets.append(target)
    return targets


@pytest.mark.parametrize("seed", range(4))
def test_sharing_equals_the_double_loop_whatever_the_blocks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(seed)
    # Few dimensions, so that there are many near neighbours, ties and chains.
    vectors = _unit(np.round(random.standard_normal((120, 3)), 1) + 0.01)
    signs = random.integers(0, 4, (120, 2)).astype(np.uint8)
    expected = _plainly(vectors, signs, 7, 0.9)
    assert sum(target is not None for target in expected) > 30
    for rows, columns in ((1024, 4096), (16, 5), (1, 1)):
        monkeypatch.setattr(deduplicate, "_ROWS", rows)
        monkeypatch.setattr(deduplicate, "_COLUMNS", columns)
        matches = shared_attributes(vectors, signs, 7, 0.9, lambda phrase, attribute: True)
        assert [match.index if match else None for match in matches] == expected


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.floats(0.3, 1.0))
def test_what_stays_is_apart_and_what_goes_has_a_reason(seed: int, count: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    vectors = _unit(random.standard_normal((count, 3)))
    signs = random.integers(0, 3, (count, 2)).astype(np.uint8)
    matches = near_duplicates(vectors, signs, threshold)
    kept = [index for index, match in enumerate(matches) if match is None]
    assert kept[0] == 0
    for index in kept:
        for other in kept[: kept.index(index)]:
            agree = not deduplicate.conflicts(signs[index], signs[other])
            assert not agree or cosines(vectors[[index]], vectors[[other]])[0, 0] < threshold
    for index, match in enumerate(matches):
        if match is not None:
            assert match.index in kept
            assert match.index < index
            assert match.cosine >= threshold
            assert not deduplicate.conflicts(signs[index], signs[match.index])
