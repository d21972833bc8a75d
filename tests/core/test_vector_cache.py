"""Vectors on disk: the same with the cache and without it, whoever else writes, and whatever befell the file."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from exiqa.core.errors import UserNotice
from exiqa.core.vector_cache import VectorCache


def test_a_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "deep" / "vectors.sqlite")
    assert cache.get(["a"]) == {}
    cache.put({"a": np.array([1.5, -2], np.float32), "b": np.zeros(0, np.float32)})
    cache.put({"a": np.array([1.5, -2], np.float32)})
    found = cache.get(["b", "a", "c"])
    assert {key: vector.tolist() for key, vector in found.items()} == {"a": [1.5, -2], "b": []}


def test_many_writers_at_once(tmp_path: Path) -> None:
    def write(i: int) -> None:
        VectorCache(tmp_path / "v.sqlite").put({f"{i}-{j}": np.full(4, i, np.float32) for j in range(20)})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    found = VectorCache(tmp_path / "v.sqlite").get([f"{i}-{j}" for i in range(8) for j in range(20)])
    assert len(found) == 160 and all((v == int(k.split("-")[0])).all() for k, v in found.items())


def test_a_damaged_cache_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite"
    path.write_bytes(b"this is not a database at all" * 100)
    cache = VectorCache(path)
    assert cache.get(["a"]) == {}
    cache.put({"a": np.ones(2, np.float32)})
    assert cache.get(["a"])["a"].tolist() == [1, 1]


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_file_damaged_within_is_thrown_away(tmp_path: Path, damage: str) -> None:
    cache = VectorCache(tmp_path / "v.sqlite")
    vectors = {f"{i:05}": np.full(200, i, np.float32) for i in range(100)}
    cache.put(vectors)
    content = cache.path.read_bytes()
    half = len(content) // 2
    cache.path.write_bytes(content[:half] if damage == "cut" else content[:4096] + b"\xff" * (len(content) - 4096))
    assert cache.get(list(vectors)) == {}
    cache.put(vectors)
    assert cache.get(["00007"])["00007"][0] == 7


def test_what_is_missing_is_computed_once(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.sqlite")
    asked: list[list[int]] = []

    def compute(positions: list[int]) -> list[np.ndarray]:
        asked.append(positions)
        return [np.array([position, 0.5]) for position in positions]

    first = cache.get_or_compute(["a", "b", "a"], compute)
    assert np.array_equal(first, [[0, 0.5], [1, 0.5], [0, 0.5]])
    assert [v.tolist() for v in cache.get_or_compute(["c", "b", "a"], compute)] == [[0, 0.5], [1, 0.5], [0, 0.5]]
    assert asked == [[0, 1], [0]] and first[0].dtype == np.float32


def test_a_cache_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").mkdir()
    cache = VectorCache(tmp_path / "v.sqlite")
    with pytest.warns(UserNotice, match=f"the cache {tmp_path}/v.sqlite cannot be used and is done without: unable"):
        assert [v.tolist() for v in cache.get_or_compute(["a"], lambda _: [np.ones(2)])] == [[1, 1]]
    (tmp_path / "file").touch()
    with pytest.warns(UserNotice, match="is done without"):
        VectorCache(tmp_path / "file" / "v.sqlite").put({"a": np.ones(2, np.float32)})


def test_a_changed_vector_is_computed_again(tmp_path: Path) -> None:
    """Signs that a stray write has flipped would be another vector, and nothing would say so."""
    cache = VectorCache(tmp_path / "v.sqlite")
    cache.put({key: np.array([1, 2], np.float32) for key in "abcd"})
    with sqlite3.connect(cache.path) as database:
        database.execute("UPDATE sealed SET vector = ? WHERE key = 'a'", (np.array([-1, -2], "<f4").tobytes(),))
        database.execute(
            "UPDATE sealed SET vector = (SELECT vector || x'00' FROM sealed WHERE key = 'd') WHERE key = 'b'"
        )
        database.execute("UPDATE sealed SET vector = 'text', seal = x'' WHERE key = 'c'")
    database.close()
    with pytest.warns(UserNotice, match="is not as it was put there; it is computed again"):
        found = cache.get_or_compute(list("abcd"), lambda missing: np.full((len(missing), 2), 7))
    assert [v.tolist() for v in found] == [[7, 7], [7, 7], [7, 7], [1, 2]]
    assert cache.get(["a"])["a"].tolist() == [7, 7], "and kept"
