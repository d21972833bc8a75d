"""MiniLM's vectors of the shipped banks' sentences, in the package: the small backbone needs no encoder for them.

`python -m exiqa.model.backbones.sentence_table` writes the table again, after a change of the shipped banks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from exiqa.bank.phrases.encoder import DEFAULT_ENCODER, ENCODERS, SentenceEncoder, load_encoder
from exiqa.bank.sentences import sentence_pairs
from exiqa.bank.storage.store import shipped_banks
from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, sha256_file, sha256_hex
from exiqa.model.shipped import SHIPPED_FOLDER

TABLE = SHIPPED_FOLDER / "sentences.safetensors"


ANTONYM_PAIR = ("Good photo.", "Bad photo.")
"""CLIP-IQA's, which benchmarks ask of every backbone."""


class TabledEncoder:
    """all-MiniLM-L6-v2, of which the sentences in the table are looked up; it is loaded for any other only."""

    name = DEFAULT_ENCODER

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the encoder's weights and of the table, which holds its vectors in half precision."""
        return sha256_hex(f"{ENCODERS[DEFAULT_ENCODER].sha256} {sha256_file(TABLE)}")

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return load_encoder()

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        """Vectors of sentences.

        Returns:
            (N, 384) float32 unit vectors.

        Raises:
            UserError: The encoder is needed and cannot be had.
        """
        rows, vectors = _table()
        others = [sentence for sentence in sentences if _key(sentence) not in rows]
        encoded = dict(zip(others, self._encoder.encode(others), strict=True)) if others else {}
        return np.stack([encoded[s] if s in encoded else vectors[rows[_key(s)]] for s in sentences])


TABLED = {"csiq": 1, "kadid10k": 2, "live": 1, "lvq": 1, "tid2013": 2}
"""Taxonomy -> the latest version of its shipped banks that is in the table. The backbone's hash covers the table, and a
tuned model names that hash: banks are added when the backbone is made again, and their sentences are encoded by MiniLM
until then."""
TABLED_TEMPLATES = ("paper", "none", "antonym")
"""The template sets whose sentences are in the table; a further one is added as a bank is."""


def table_sentences() -> tuple[str, ...]:
    """The sentences of the shipped banks in `TABLED` under those of `TABLED_TEMPLATES` that they have the phrases
    for, and two more."""
    sentences = set(ANTONYM_PAIR)
    for bank in (entry.load() for entry in shipped_banks()):
        written_by_a_model = bank.provenance.method == "generated"  # these came after the table
        if written_by_a_model or bank.version > TABLED.get(bank.taxonomy.id, 0):
            continue
        for template in TABLED_TEMPLATES:
            try:
                positive, negative = sentence_pairs(bank.attributes, template)
            except UserError:  # a bank of names has no antonyms
                continue
            sentences.update(positive, negative)
    return tuple(sorted(sentences))


def write_table(path: Path = TABLE) -> None:
    """Encode `table_sentences` and write them as (M, 384) float16 beside the (M, 32) bytes of their SHA-256."""
    sentences = table_sentences()
    keys = np.stack([np.frombuffer(_key(sentence), np.uint8) for sentence in sentences])
    vectors = load_encoder().encode(sentences).astype(np.float16)
    with atomic_path(path) as temporary:
        save_file({"keys": keys, "vectors": vectors}, temporary)


@cache
def _table() -> tuple[dict[bytes, int], np.ndarray]:
    with safe_open(TABLE, framework="np") as file:
        keys, vectors = file.get_tensor("keys"), file.get_tensor("vectors").astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return {key.tobytes(): row for row, key in enumerate(keys)}, vectors


def _key(sentence: str) -> bytes:
    return bytes.fromhex(sha256_hex(sentence))


if __name__ == "__main__":
    write_table()
