"""Embeddings kept on disk by content: they can be missing, never stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.core.vector_cache import VectorCache, batch_key, encode_cached


@dataclass(frozen=True)
class CachedEncoder:
    """A sentence encoder that keeps what it encoded, each list of sentences as a whole (`encode_cached`)."""

    encoder: SentenceEncoder
    cache: VectorCache | None = None
    """Default: `sentences` in the user's cache folder."""

    @property
    def path(self) -> Path:
        """The cache's file."""
        return self._cache.path

    def has(self, sentences: Sequence[str]) -> bool:
        """Whether the vectors of these sentences are in the cache."""
        return bool(self._cache.get([batch_key(self.hash, sentences)]))

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
        """(N, E) float32 unit vectors; see `SentenceEncoder.encode`."""
        return encode_cached(self.hash, sentences, self.encoder.encode, cache=self._cache)
