"""Words that are known, and words for what is seen."""

from __future__ import annotations

import pytest

from exiqa.bank.curated.build import curated_phrases
from exiqa.bank.linking.labelled import labelled_phrases
from exiqa.bank.phrases.vocabulary import WORD, known, names_something_seen, stems_of


@pytest.mark.parametrize(
    "word",
    ["haze", "Hazes", "coloured", "unsharp", "oversharpened", "brightest", "starlike", "café", "moiré", "px", "glassy"],
)
def test_words_in_any_form_are_known(word: str) -> None:
    assert known(word)


@pytest.mark.parametrize("word", ["strire", "sootheskin", "fleckle", "viewright", "dimging", "qwer"])
def test_what_is_no_word_is_not(word: str) -> None:
    assert not known(word)


def test_the_words_of_an_explanation_count_as_known() -> None:
    assert not known("laparoscopic")
    assert known("laparoscopic", frozenset(stems_of("frames of a laparoscopic video")))


def test_every_word_of_the_shipped_and_labelled_phrases_is_known() -> None:
    phrases = [phrase.phrase for phrase in labelled_phrases() if phrase.kind != "nonsense"]
    phrases += [text for row in curated_phrases().values() for a in row for text in (a.phrase, a.antonym) if text]
    assert {word for phrase in phrases for word in WORD.findall(phrase) if not known(word)} == set()


def test_nearly_every_phrase_that_speaks_of_an_effect_names_something_seen() -> None:
    effects = [phrase.phrase for phrase in labelled_phrases() if phrase.kind == "effect"]
    assert sum(map(names_something_seen, effects)) > 0.99 * len(effects)
    for phrase in ("image", "a beautiful sunset", "a lovely thing", "an overall impression of the scene"):
        assert not names_something_seen(phrase)
