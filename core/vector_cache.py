"""Vectors kept on disk by content: what was computed once for a sentence or a photo is not computed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import cache_dir, canonical_json, sha256_hex

_Answer = TypeVar("_Answer")


class VectorCache:
    """A file of float32 vectors by text key, safe for several processes at once.

    The key must say everything the vector depends on (hash of the model, hash of the input); then nothing in
    here can go stale, and deleting the file costs only time. A damaged file is thrown away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def named(name: str) -> VectorCache:
        """The cache `name` in the user's cache folder."""
        return VectorCache(cache_dir() / f"{name}.sqlite")

    def get(self, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """Those of `keys` that are there, each with its (E,) float32 vector, which is read-only.

        Raises:
            UserError: The file cannot be read or made.
        """
        if not self.path.is_file():
            return {}

        def select(database: sqlite3.Connection) -> dict[str, np.ndarray]:
            vectors: dict[str, np.ndarray] = {}
            for key in keys:
                row = database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    vectors[key] = np.frombuffer(row[0], dtype="<f4")
            return vectors

        return self._with_database(select)

    def put(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Store vectors; one that is there already stays.

        Raises:
            UserError: The file cannot be written.
        """
        rows = [(key, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()]
        self._with_database(lambda database: database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows))

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

    def _with_database(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        try:
            try:
                return self._attempt(use)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                # Not a database any more (a full disk, an edit): it holds nothing that cannot be computed again.
                self.path.unlink(missing_ok=True)
                return self._attempt(use)
        except sqlite3.OperationalError as error:
            raise UserError(
                f"cannot use the cache {self.path}: {error}; make room on its disk and its folder writable"
            ) from None

    def _attempt(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=60)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)")
            return use(database)


def encode_cached(
    encoder_hash: str,
    sentences: Sequence[str],
    encode: Callable[[Sequence[str]], np.ndarray],
    batch_size: int | None = None,
    cache: VectorCache | None = None,
) -> np.ndarray:
    """Embeddings of sentences, computed where the cache does not have them.

    A batch is encoded as a whole and kept as a whole, under all its sentences: an encoder's last bits depend on what
    else is in a batch (how far it is padded, how its matrices are cut), so vectors kept one by one would depend on
    what had been asked before. So they are the same with the cache and without it, bit for bit.

    Args:
        encoder_hash: Says everything else that the vectors depend on.
        sentences: M of them.
        encode: M' sentences -> (M', E) float32.
        batch_size: At most so many sentences are given to `encode` at once; all by default.
        cache: By default `sentences` in the user's cache folder.

    Returns:
        (M, E) float32.
    """
    if not sentences:
        return encode(sentences)
    cache = cache or VectorCache.named("sentences")

    def encode_batch(batch: Sequence[str]) -> np.ndarray:
        (flat,) = cache.get_or_compute([batch_key(encoder_hash, batch)], lambda _: [encode(batch)])
        return flat.reshape(len(batch), -1)

    size = batch_size or len(sentences)
    return np.concatenate([encode_batch(sentences[i : i + size]) for i in range(0, len(sentences), size)])


def batch_key(encoder_hash: str, sentences: Sequence[str]) -> str:
    """The key under which `encode_cached` keeps the vectors of a batch of sentences, one after the other."""
    return sha256_hex(canonical_json([encoder_hash, list(sentences)]))
