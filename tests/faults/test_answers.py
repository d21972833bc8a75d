"""Answers of language models, mutated: parser and screens never raise, and take a time that their length bounds."""

from __future__ import annotations

import random
import time

import pytest

from exiqa.attrgen.answers.parse import LONGEST_ITEM, MOST_ITEMS, parse_answer
from exiqa.bank.phrases.screens import clip_tokens, screen, strip_frame
from exiqa.bank.taxonomy import load_taxonomy

from .conftest import Tally
from .parts import WHOLE

JPEG = load_taxonomy("kadid10k")["jpeg"]
PARTS, ANSWERS = (8, 125_000) if WHOLE else (1, 10_000)
"""Each part is another test, so that several processes share a million."""
SEEDS = [
    "1- There is a softening of details in the photo.\n2- There is a loss of fine texture in the photo.\n",
    "**Attributes:**\n\n1. **Texture**: a grainy look\n   - a fine speckle\n2. *Colours*: a faded look\n",
    '```json\n{"attributes": ["a hazy veil", {"phrase": "a grey cast"}]}\n```',
    "<think>What would be seen?</think>\n- a dark corner\n- a bright halo; a double edge\n",
    "Sure! Here are five: (1) a blotchy sky (2) a stair-stepped edge (3) a smear",
    '["a ringing edge", "a square tile", "an uneven',
    "a. smeared hair\nb. waxy skin\nc. flat shadows",
]
PIECES = [
    "\n", "1.", "- ", "**", "[", "{", '"', "\\ud800", "\\", "\x00", "\u202e", "🌫", "=cmd()", "%s", "```", "<think>",
    "a ",
    "There is ", "x" * 50, "(((((", "::::", "* * * ", "9" * 30, "é", "\t", "ﬁ", "‐", "、", "&amp;", "<b>", "null",
]  # fmt: skip
SECONDS_A_KILOBYTE = 0.5
"""Far above what is measured (a millisecond): what grows faster than the length is caught all the same."""


def _mutated(rng: random.Random) -> str:
    text = rng.choice(SEEDS)
    for _ in range(rng.randint(1, 6)):
        place = rng.randint(0, len(text))
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:place] + rng.choice(PIECES) * rng.choice((1, 1, 2, 30)) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + rng.randint(1, 20) :]
        elif kind == 2:
            text = text[:place] + chr(rng.choice((rng.randrange(256), rng.randrange(0xD800), 0xD800))) + text[place:]
        elif kind == 3:
            text += rng.choice(SEEDS)
        else:
            text = text[place:] + text[:place]
    return text


def _read(text: str) -> None:
    items = parse_answer(text)
    assert len(items) <= MOST_ITEMS and all(0 < len(item) <= LONGEST_ITEM for item in items)
    for item in items:
        item.encode()  # no half characters
        screen(strip_frame(item), JPEG)


@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_answers(part: int, tally: Tally) -> None:
    rng = random.Random(part)
    found = []
    clip_tokens("imports the tokenizer, which takes its time once")
    for number in range(ANSWERS):
        text = _mutated(rng)
        begin = time.process_time()
        try:
            _read(text)
        except Exception as error:
            found.append(f"{number}: {type(error).__name__}: {error}: {text!r}")
        if time.process_time() - begin > SECONDS_A_KILOBYTE * (1 + len(text) / 1000):
            found.append(f"{number}: slow: {text[:200]!r}")
    tally("mutated answers", ANSWERS, found)


def test_long_answers(tally: Tally) -> None:
    """What a pattern might go over again and again: one piece many times."""
    found = []
    for piece in [*PIECES, *SEEDS]:
        text = piece * (200_000 // len(piece))
        begin = time.process_time()
        _read(text)
        if time.process_time() - begin > 30:
            found.append(f"{piece!r}: {time.process_time() - begin:.0f} s")
    tally("long answers", len(PIECES) + len(SEEDS), found)
