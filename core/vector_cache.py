"""Vectors kept on disk by content: what was computed once for a sentence or a photo is not computed again."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from exiqa.core.errors import UserNotice
from exiqa.core.files import cache_dir

_Answer = TypeVar("_Answer")


class VectorCache:
    """A file of float32 vectors by text key, safe for several processes at once.

    The key must say everything the vector depends on (hash of the model, hash of the input); then nothing in
    here can go stale, and deleting the file costs only time. Each vector is sealed: one that is not as it was put is
    computed again, and a damaged file is thrown away. A cache that cannot be read or written is done without, which a
    `UserNotice` says once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def named(name: str) -> VectorCache:
        """The cache `name` in the user's cache folder."""
        return VectorCache(cache_dir() / f"{name}.sqlite")

    def get(self, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """Those of `keys` that are there, each with its (E,) float32 vector, which is read-only."""
        if not self.path.is_file():
            return {}

        def select(database: sqlite3.Connection) -> dict[str, np.ndarray]:
            vectors: dict[str, np.ndarray] = {}
            for key in keys:
                row = database.execute("SELECT vector, seal FROM sealed WHERE key = ?", (key,)).fetchone()
                if row is None:
                    continue
                if row[1] == _seal(key, row[0]):
                    vectors[key] = np.frombuffer(row[0], dtype="<f4")
                else:
                    self._tell("holds a vector that is not as it was put there; it is computed again")
            return vectors

        return self._with_database(select) or {}

    def put(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Store vectors, in the place of those that are there."""
        contents = {key: np.asarray(vector, dtype="<f4").tobytes() for key, vector in vectors.items()}
        rows = [(key, content, _seal(key, content)) for key, content in contents.items()]
        self._with_database(
            lambda database: database.executemany("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?)", rows)
        )

    def get_or_compute(
        self, keys: Sequence[str], compute: Callable[[list[int]], Sequence[np.ndarray] | np.ndarray]
    ) -> list[np.ndarray]:
        """The vectors of all keys, in their order.

        Args:
            keys: Of one vector each; a key may come twice.
            compute: Called once, where vectors are missing, with the positions in `keys` at which the missing keys
                come first; returns a float32 vector of any length for each.
        """
        vectors = self.get(keys)
        missing: dict[str, int] = {}
        for position, key in enumerate(keys):
            if key not in vectors:
                missing.setdefault(key, position)
        if missing:
            computed = compute(list(missing.values()))
            fresh = {key: np.asarray(v, dtype=np.float32).ravel() for key, v in zip(missing, computed, strict=True)}
            self.put(fresh)
            vectors |= fresh
        return [vectors[key] for key in keys]

    def _with_database(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer | None:
        """What `use` answers; None where the file cannot be used."""
        try:
            try:
                return self._attempt(use)
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                # Not a database any more (a full disk, an edit): it holds nothing that cannot be computed again.
                self.path.unlink(missing_ok=True)
                return self._attempt(use)
        except (sqlite3.Error, UnicodeDecodeError, OSError) as error:
            self._tell(f"cannot be used and is done without: {error}")
            return None

    def _attempt(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
            database.text_factory = bytes  # a text where a vector should be is damage like any other
            database.execute("CREATE TABLE IF NOT EXISTS sealed (key TEXT PRIMARY KEY, vector BLOB, seal BLOB)")
            return use(database)

    def _tell(self, what: str) -> None:
        warnings.warn(f"the cache {self.path} {what}", UserNotice, stacklevel=2)


def _seal(key: str, vector: Any) -> bytes:
    """16 bytes of the SHA-256 of a key with its vector; of a row that holds anything else in its place, no seal."""
    return sha256(f"{key}\n".encode() + vector).digest()[:16] if isinstance(vector, bytes) else b""
