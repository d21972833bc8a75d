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

PHRASES = ("a softening of all the fine details", "a darkening of the whole wide picture")
"""None of them is a labelled one, which fitting the linker embeds."""


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


def test_that_an_effect_is_absent_counts_by_how_much_rarer_that_is_elsewhere() -> None:
    if minilm_folder() is None:
        pytest.skip("the sentence encoder's package is not installed")
    grainy = EffectCurves(levels=(1,), photos=1, visibility={"blur": (0.0,), "fine_grain": (1.0,)})
    clean = EffectCurves(levels=(1,), photos=1, visibility={"blur": (1.0,), "fine_grain": (0.0,)})
    phrase = "a clean, grain-free surface of skin"

    def weighed(**curves: EffectCurves) -> tuple[bool, float, float]:
        table = EffectTable(pairs="p", pairs_hash="0" * 64, effects_version=1, curves=curves, missing={})
        evidence = EvidenceSource(table, load_encoder()).weigh("denoise", [phrase])
        assert evidence is not None and not evidence[0].refusal
        return evidence[0].seen, evidence[0].plainness, evidence[0].told_apart

    assert weighed(denoise=clean) == (False, 0.0, 0.0)
    assert weighed(denoise=clean, gaussian_blur=clean) == (False, 0.0, 0.0)
    seen, plain, apart = weighed(denoise=clean, white_noise=grainy)
    assert seen and plain == apart > 0.3
