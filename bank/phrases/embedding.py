"""Embeddings kept on disk by content: they can be missing, never stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.vector_cache import VectorCache


@dataclass(frozen=True)
class CachedEncoder:
    """An encoder of sentences that keeps what it encoded.

    A batch is encoded as a whole and kept as a whole, under all its sentences: an encoder's last bits depend on what
    else is in a batch (how far it is padded, how its matrices are cut), so vectors kept one by one would depend on
    what had been asked before. So they are the same with the cache and without it, bit for bit.
    """

    encoder: SentenceEncoder
    cache: VectorCache | None = None
    """Default: `sentences` in the user's cache folder."""
    batch_size: int | None = None
    """At most so many sentences are encoded at once; all by default."""

    @property
    def path(self) -> Path:
        """The cache's file."""
        return self._cache.path

    def has(self, sentences: Sequence[str]) -> bool:
        """Whether the vectors of these sentences, as one batch, are in the cache."""
        return bool(self._cache.get([_key(self.hash, sentences)]))

    @property
    def _cache(self) -> VectorCache:
        return self.cache or VectorCache.named("sentences")

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def hash(self) -> str:
        return self.encoder.hash

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """(N, E) float32, encoded where the cache does not have them; see `SentenceEncoder.encode`."""
        if not sentences:
            return self.encoder.encode(sentences)
        cache, encoder_hash = self._cache, self.hash
        size = self.batch_size or len(sentences)
        batches = [sentences[start : start + size] for start in range(0, len(sentences), size)]
        keys = [_key(encoder_hash, batch) for batch in batches]
        vectors = cache.get(keys)
        for key, batch in zip(keys, batches, strict=True):
            if key not in vectors:
                vectors[key] = np.asarray(self.encoder.encode(batch), np.float32)
                cache.put({key: vectors[key]})
        return np.concatenate([vectors[key].reshape(len(batch), -1) for key, batch in zip(keys, batches, strict=True)])


def _key(encoder_hash: str, sentences: Sequence[str]) -> str:
    """The key under which the vectors of a batch of sentences are kept, one after the other."""
    return sha256_hex(canonical_json([encoder_hash, list(sentences)]))
