"""What is no description at all is refused; nothing that one is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exiqa.attrgen.answers.parse import parse_answer
from exiqa.bank.curated.build import curated_phrases
from exiqa.bank.phrases.screens import SCREENS, screen, strip_frame
from exiqa.bank.storage.store import shipped_banks
from exiqa.bank.taxonomy import load_taxonomy

JPEG = load_taxonomy("kadid10k")["jpeg"]
JUNK = [
    "t", "null", "NaN", "N/A", "rm -rf /", "a a a a a a", "a loss of %s", "a haze 🌫 over it", "x" * 60, "-a dark veil",
    "--help", "a blur blur blur", "an aaaaaaah effect", "a fucking mess", "stupid colours", "foo() of details",
    "/etc/x",
    "a look of %(name)s", "– a dark veil",
]  # fmt: skip


@pytest.mark.parametrize("phrase", JUNK)
def test_junk(phrase: str) -> None:
    assert not screen(phrase, JPEG).kept
    assert SCREENS["junk"].find(phrase, JPEG) is not None


@pytest.mark.parametrize(
    "phrase",
    ["a red-eye look", "a 50% loss of detail", "very, very soft edges", "a 20° tilt", "a zig-zag edge", "an ugliness"],
)
def test_descriptions(phrase: str) -> None:
    assert SCREENS["junk"].find(phrase, JPEG) is None


def test_no_shipped_phrase_is_junk() -> None:
    """Banks of random words (the controls) among them: they are words."""
    banks = [entry.load() for entry in shipped_banks()]
    texts = {text for bank in banks for a in bank.attributes for text in (a.phrase, a.antonym) if text}
    texts |= {text for row in curated_phrases().values() for a in row for text in (a.phrase, a.antonym) if text}
    assert len(texts) > 500
    assert [(text, found) for text in texts if (found := SCREENS["junk"].find(text, JPEG))] == []


def test_no_answer_of_a_language_model_loses_a_phrase(test_data: Path) -> None:
    """What the other screens keep of recorded answers, this one keeps."""
    lines = [json.loads(line) for line in (test_data / "llm_answers" / "answers.jsonl").read_text().splitlines()]
    texts = [text for line in lines for text in _strings(line)]
    phrases = {strip_frame(item) for text in texts for item in parse_answer(text)}
    others = [rule.find for name, rule in SCREENS.items() if name != "junk"]
    kept = [phrase for phrase in phrases if not any(find(phrase, JPEG) for find in others)]
    assert len(kept) > 100
    assert [(phrase, found) for phrase in kept if (found := SCREENS["junk"].find(phrase, JPEG))] == []


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _strings(part)]
