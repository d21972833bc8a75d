from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from exiqa.core.vector_cache import VectorCache
from exiqa.model.backbones.text import cached_vectors, state_hash


def test_each_sentence_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked: list[str] = []

    def encode(sentences: Sequence[str]) -> np.ndarray:
        asked.extend(sentences)
        return np.array([[len(s), ord(s[0])] for s in sentences], dtype=np.float32)

    first = cached_vectors("tower", ["aa", "b", "aa", "ccc"], encode)
    assert first.tolist() == [[2, 97], [1, 98], [2, 97], [3, 99]]
    assert asked == ["aa", "b", "ccc"]
    assert cached_vectors("tower", ["ccc", "dd"], encode).tolist() == [[3, 99], [2, 100]]
    assert asked == ["aa", "b", "ccc", "dd"]
    cached_vectors("another tower", ["aa"], encode)
    assert asked[-1] == "aa"


def test_a_modules_hash_is_of_its_content() -> None:
    torch.manual_seed(0)
    one, two = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    assert state_hash(one) != state_hash(two)
    two.load_state_dict(one.state_dict())
    assert state_hash(one) == state_hash(two)
    with torch.no_grad():
        two.bias[0] += 1e-6
    assert state_hash(one) != state_hash(two)


def test_a_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "deep" / "vectors.sqlite")
    assert cache.get(["a"]) == {}
    cache.put({"a": np.array([1.5, -2], np.float32), "b": np.zeros(0, np.float32)})
    cache.put({"a": np.array([9, 9], np.float32)})
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
