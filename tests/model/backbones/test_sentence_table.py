"""The vectors of the shipped banks' sentences: all of them, the encoder's own, and no encoder needed."""

from __future__ import annotations

import numpy as np
import pytest

from exiqa.bank.phrases.encoder import load_encoder
from exiqa.bank.sentences import sentence_pairs
from exiqa.bank.storage.store import load_bank
from exiqa.core.errors import UserError
from exiqa.model.backbones.sentence_table import TabledEncoder, table_sentences


def test_the_shipped_banks_need_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise UserError("the encoder was asked for")

    monkeypatch.setattr("exiqa.model.backbones.sentence_table.load_encoder", absent)
    vectors = TabledEncoder().encode(table_sentences())
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    with pytest.raises(UserError, match="was asked for"):
        TabledEncoder().encode(["There is something new in the photo."])


def test_looked_up_and_encoded_vectors_are_the_encoders() -> None:
    positive, negative = sentence_pairs(load_bank("csiq@1").attributes[:5], "antonym")
    sentences = [*positive, "There is something new in the photo.", *negative]
    assert set(positive + negative) <= set(table_sentences())
    np.testing.assert_allclose(TabledEncoder().encode(sentences), load_encoder().encode(sentences), atol=5e-4)
