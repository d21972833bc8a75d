"""Vectors kept on disk by content: what was computed once for a sentence or a photo is not computed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from exiqa.core.files import cache_dir


class VectorCache:
    """A file of float32 vectors by text key, safe for several processes at once.

    The key must say everything the vector depends on (hash of the model, hash of the input); then nothing in
    here can go stale, and deleting the file costs only time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def named(name: str) -> VectorCache:
        """The cache `name` in the user's cache folder."""
        return VectorCache(cache_dir() / f"{name}.sqlite")

    def get(self, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """Those of `keys` that are there, each with its (E,) float32 vector."""
        if not self.path.is_file():
            return {}
        found: dict[str, np.ndarray] = {}
        with self._open() as database:
            for key in keys:
                row = database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[key] = np.frombuffer(row[0], dtype="<f4")
        return found

    def put(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Store vectors; one that is there already stays."""
        rows = [(key, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()]
        with self._open() as database:
            database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # Not a database any more (a full disk, an edit): it holds nothing that cannot be computed again.
            self.path.unlink(missing_ok=True)
            connection = self._connect()
        with closing(connection), connection:
            yield connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=60)
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection
