"""Which way a phrase points: brighter or darker, more or less, red or green.

Sentence encoders put opposites close together ("increased contrast" and "decreased contrast" have a cosine of .85
under all-MiniLM-L6-v2), so the cosine alone must never merge two phrases. A phrase's polarity is a small vector of
bit masks, one an axis; two phrases conflict where both take a side on some axis and share none.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bank.polarity_words import AXES, HUES, LESS, MORE, TURNING

UP, DOWN = 1, 2

AXIS_NAMES = (*AXES, "amount", "hue")
"""The columns of a polarity. "amount" is the direction of a phrase that turns no other axis: "fewer tiny dots"."""


@dataclass(frozen=True)
class _Word:
    """What one word says by itself."""

    sides: tuple[tuple[int, int, str], ...] = ()
    """(axis, UP or DOWN, "is" | "turning" | "measure") for each axis that the word is on."""
    direction: int = 0
    turning: bool = False
    hue: int = 0


def polarity(phrase: str) -> np.ndarray:
    """(X,) uint8, a bit mask per axis of `AXIS_NAMES`: 0 says nothing, UP, DOWN or both; hues have a bit each.

    Read from left to right. A direction ("more", "loss of") turns the words after it, up to the next direction; one
    at the end ("contrast reduction") turns those before it. Words that say where something is going ("brighter",
    "turned dark") outweigh on their axis those that may only say what it was ("dark areas").
    """
    is_so = np.zeros(len(AXIS_NAMES), dtype=np.uint8)
    going = np.zeros(len(AXIS_NAMES), dtype=np.uint8)
    amount, hue = AXIS_NAMES.index("amount"), AXIS_NAMES.index("hue")
    words = [_word(word) for word in _split(phrase)]
    directions = _directions(words)
    turned: set[int] = set()
    becoming = False
    for place, word in enumerate(words):
        is_so[hue] |= word.hue
        for axis, side, kind in word.sides:
            direction = directions[place] if list(AXES.values())[axis].directed else 0
            if direction and not word.direction:
                turned.add(direction)
            if kind == "measure" and not direction:
                continue
            value = side if direction != DOWN else UP + DOWN - side
            (going if kind == "turning" or becoming else is_so)[axis] |= value
        becoming = word.turning or (becoming and not word.sides)
    for word in words:
        if word.direction and word.direction not in turned:
            is_so[amount] |= word.direction
    return np.where(going != 0, going, is_so).astype(np.uint8)


def polarities(phrases: Sequence[str]) -> np.ndarray:
    """(N, X) uint8, a row a phrase; see `polarity`."""
    if not phrases:
        return np.zeros((0, len(AXIS_NAMES)), dtype=np.uint8)
    return np.stack([polarity(phrase) for phrase in phrases])


def conflicts(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(...) bool of two (..., X) polarities that broadcast: do both take a side on some axis, and share none there?"""
    return np.any((first != 0) & (second != 0) & ((first & second) == 0), axis=-1)


def _directions(words: list[_Word]) -> list[int]:
    """For each word, the direction (UP, DOWN or 0) that turns it: the last one before it, else, where the phrase's
    only direction stands after the words, that one."""
    directions = []
    current = 0
    for word in words:
        current = word.direction or current
        directions.append(current)
    found = [place for place, word in enumerate(words) if word.direction]
    if len(found) == 1 and not any(word.sides for word in words[found[0] + 1 :]):
        directions = [words[found[0]].direction] * len(words)
    return directions


def _split(phrase: str) -> list[str]:
    words: list[str] = []
    for word in re.findall(r"[a-z]+(?:-[a-z]+)*", phrase.casefold()):
        known = _word(word)
        words += [word] if known.sides or known.direction or known.hue else word.split("-")
    return words


@functools.cache
def _word(word: str) -> _Word:
    sides = tuple(
        (number, side, kind)
        for number, axis in enumerate(AXES.values())
        for side, kind, pattern in (
            (UP, "is", axis.up),
            (DOWN, "is", axis.down),
            (UP, "turning", axis.turning_up),
            (DOWN, "turning", axis.turning_down),
            (UP, "measure", axis.measure),
        )
        if pattern and re.fullmatch(pattern, word)
    )
    return _Word(
        sides=sides,
        direction=UP if re.fullmatch(MORE, word) else DOWN if re.fullmatch(LESS, word) else 0,
        turning=re.fullmatch(TURNING, word) is not None,
        hue=sum(1 << bit for bit, pattern in enumerate(HUES.values()) if re.fullmatch(pattern, word)),
    )
