"""Which way a phrase points: brighter or darker, more or less, red or green, blocks or grain.

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

from exiqa.bank.phrases.polarity_words import AXES, KINDS, LESS, MORE, PLACING, TURNING

UP, DOWN = 1, 2

AXIS_NAMES = (*AXES, "amount", *KINDS)
"""The columns of a polarity. "amount" is the direction of a phrase that turns no other axis: "fewer people"."""

_DIRECTED = tuple(axis.directed for axis in AXES.values())
_AMOUNT = len(AXES)


@dataclass(frozen=True)
class _Word:
    """What one word says by itself."""

    sides: tuple[tuple[int, int, str], ...] = ()
    """(axis, UP or DOWN, "is" | "turning" | "measure") for each axis that the word is on."""
    direction: int = 0
    turning: bool = False
    placing: bool = False
    comma: bool = False
    kinds: tuple[tuple[int, int], ...] = ()
    """(column, bit) of each family of kinds that it is in."""


def polarity(phrase: str) -> np.ndarray:
    """Which way a phrase points on every axis.

    Read from left to right. A direction ("more", "loss of") turns the words after it, up to the next direction or
    to a place ("in bright areas"); one at the end ("contrast reduction") turns those before it. Words that say where
    something is going ("brighter", "turned dark") outweigh on their axis those that may only say what it was ("dark
    areas").

    Returns:
        (X,) uint8, a bit mask per axis of `AXIS_NAMES`: 0 says nothing, UP, DOWN or both; of the kinds in `KINDS` each
        has its own bit.
    """
    stated = np.zeros(len(AXIS_NAMES), dtype=np.uint8)
    turning = np.zeros(len(AXIS_NAMES), dtype=np.uint8)
    words = [_word(word) for word in _split(phrase)]
    directions = _directions(words)
    used_directions: set[int] = set()
    becoming = False
    for place, word in enumerate(words):
        for column, bit in word.kinds:
            stated[column] |= bit
        for axis, side, kind in word.sides:
            direction = directions[place] if _DIRECTED[axis] else 0
            if direction:
                used_directions.add(direction)
            if kind == "measure" and not direction:
                continue
            value = side if direction != DOWN else UP + DOWN - side
            (turning if kind == "turning" or becoming else stated)[axis] |= value
        becoming = word.turning or (becoming and not word.sides)
    for word in words:
        if word.direction and word.direction not in used_directions:
            stated[_AMOUNT] |= word.direction
    return np.where(turning != 0, turning, stated).astype(np.uint8)


def polarities(phrases: Sequence[str]) -> np.ndarray:
    """The polarity of each phrase, see `polarity`.

    Returns:
        (N, X) uint8, a row a phrase.
    """
    if not phrases:
        return np.zeros((0, len(AXIS_NAMES)), dtype=np.uint8)
    return np.stack([polarity(phrase) for phrase in phrases])


def conflicts(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Whether two phrases both take a side on some axis and share none there.

    Args:
        first: (..., X) polarities.
        second: (..., X) polarities that broadcast with `first`.

    Returns:
        (...) bool.
    """
    return np.any((first != 0) & (second != 0) & ((first & second) == 0), axis=-1)


def _directions(words: list[_Word]) -> list[int]:
    """For each word, the direction (UP, DOWN or 0) that turns it: the last one before it, else, where the phrase's
    only direction stands after the words, that one."""
    directions = []
    current = 0
    after_direction = False
    for word in words:
        directions.append(current)
        # "an increase in contrast": right after a direction, a preposition introduces what it turns; a comma
        # there makes the direction one adjective among others ("low, dim light").
        ends = (word.placing and not after_direction) or (word.comma and after_direction)
        current = word.direction or (0 if ends else current)
        after_direction = word.direction != 0
    directing = [place for place, word in enumerate(words) if word.direction]
    if len(directing) == 1 and not any(word.sides for word in words[directing[0] + 1 :]):
        directions = [words[directing[0]].direction if place != directing[0] else 0 for place in range(len(words))]
    return directions


def _split(phrase: str) -> list[str]:
    words: list[str] = []
    for word in re.findall(r"[a-z]+(?:-[a-z]+)*|,", phrase.casefold()):
        known = _word(word)
        words += [word] if known.sides or known.direction or known.kinds else word.split("-")
    return words


_SIDES = tuple(
    (number, side, kind, re.compile(pattern))
    for number, axis in enumerate(AXES.values())
    for side, kind, pattern in (
        (UP, "is", axis.up),
        (DOWN, "is", axis.down),
        (UP, "turning", axis.turning_up),
        (DOWN, "turning", axis.turning_down),
        (UP, "measure", axis.measure),
    )
    if pattern
)
_KINDS = tuple(
    (_AMOUNT + 1 + family, 1 << bit, re.compile(pattern))
    for family, kinds in enumerate(KINDS.values())
    for bit, pattern in enumerate(kinds.values())
)
_MORE, _LESS, _TURNING, _PLACING = (re.compile(pattern) for pattern in (MORE, LESS, TURNING, PLACING))
_ANY = re.compile(
    "|".join(
        pattern.pattern
        for pattern in (*(s[-1] for s in _SIDES), *(k[-1] for k in _KINDS), _MORE, _LESS, _TURNING, _PLACING)
    )
)


@functools.lru_cache(maxsize=65536)
def _word(word: str) -> _Word:
    if not _ANY.fullmatch(word):
        return _Word(comma=word == ",")
    return _Word(
        sides=tuple((axis, side, kind) for axis, side, kind, pattern in _SIDES if pattern.fullmatch(word)),
        direction=UP if _MORE.fullmatch(word) else DOWN if _LESS.fullmatch(word) else 0,
        turning=_TURNING.fullmatch(word) is not None,
        placing=_PLACING.fullmatch(word) is not None,
        kinds=tuple((column, bit) for column, bit, pattern in _KINDS if pattern.fullmatch(word)),
    )
