"""Evidence from pictures on candidate phrases: each is linked once, however often it is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.evidence import EvidenceSource
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.phrases.encoder import SentenceEncoder, load_encoder, minilm_folder

PHRASES = ("a softening of details", "a darkening of the whole picture")


class Counting:
    """A sentence encoder that counts what it is asked."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder, self.name, self.hash = encoder, encoder.name, encoder.hash
        self.asked: Counter[str] = Counter()

    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        self.asked.update(sentences)
        return self.encoder.encode(sentences)


def test_a_phrase_that_is_weighed_and_asked_about_again_is_linked_once() -> None:
    if minilm_folder() is None:
        pytest.skip("the sentence encoder's package is not installed")
    shown = EffectCurves(levels=(1, 2), photos=1, visibility={"blur": (0.2, 0.8), "block_grid": (0.1, 0.9)})
    table = EffectTable(pairs="p", pairs_hash="0" * 64, effects_version=1, curves={"jpeg": shown}, missing={})
    encoder = Counting(load_encoder())
    source = EvidenceSource(table, encoder)
    evidence = source.weigh("jpeg", PHRASES)
    assert evidence is not None and [one.seen for one in evidence] == [True, False]
    assert source.gaps("jpeg", PHRASES) == ("block grid",)
    assert {phrase: encoder.asked[phrase] for phrase in PHRASES} == dict.fromkeys(PHRASES, 1)
