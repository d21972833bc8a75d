"""Embeddings kept on disk, under a name that is their content: they can be missing, never stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.core.files import atomic_path, cache_dir, canonical_json, sha256_hex


@dataclass(frozen=True)
class CachedEncoder:
    """A sentence encoder that keeps what it encoded, one safetensors file a list of sentences.

    The file's name is the SHA-256 of the encoder's weight hash and the sentences. A list is encoded as a whole or
    read as a whole, so the vectors are the same with the cache and without it.
    """

    encoder: SentenceEncoder
    folder: Path | None = None
    """Default: `embeddings` in the user's cache folder."""

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def hash(self) -> str:
        return self.encoder.hash

    def path(self, sentences: Sequence[str]) -> Path:
        """Where the vectors of these sentences are, or will be."""
        folder = self.folder if self.folder is not None else cache_dir() / "embeddings"
        return folder / f"{sha256_hex(canonical_json([self.hash, list(sentences)]))}.safetensors"

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """(N, E) float32 unit vectors; see `SentenceEncoder.encode`."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file, save_file

        path = self.path(sentences)
        if path.is_file():
            try:
                vectors = load_file(path)["vectors"]
            except (SafetensorError, KeyError):
                path.unlink(missing_ok=True)
            else:
                if len(vectors) == len(sentences):
                    return vectors
        vectors = self.encoder.encode(sentences)
        with atomic_path(path) as temporary:
            save_file({"vectors": vectors}, temporary, metadata={"encoder": self.name, "encoder_sha256": self.hash})
        return vectors
