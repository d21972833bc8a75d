"""A photo's assessment as a sentence that a person would say, from the attributes that answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exiqa.bank.linking.effects import EFFECTS, PRESENT
from exiqa.bank.linking.labelled import claims_of

if TYPE_CHECKING:
    from exiqa.model.assessing.assessment import DistortionReading

CLEAR, FAINT = 0.3, 0.15
"""Strengths from which on something is said, and from which on it is said with "a little"."""
MOST = 3
"""Things that are named at most."""
NOTHING = "Nothing wrong that it knows of."


def summary(readings: Sequence[DistortionReading]) -> str:
    """What is wrong with a photo, in a sentence.

    Each distortion that is strong enough speaks by the attribute that adds most to it and has not been said yet.
    Distortions whose attribute names the same effect say the same, so only the strongest of them speaks.

    Args:
        readings: Of all distortions, the strongest first.

    Returns:
        "Loss of detail: the blur of a lens out of focus; a little color cast: …." or `NOTHING`.
    """
    said: list[str] = []
    heard: set[str] = set()
    for reading in readings:
        if reading.strength < FAINT or len(said) == MOST:
            break
        phrase = reading.attributes[0].phrase
        effects = [claim.effect for claim in claims_of(phrase) if claim.sign == PRESENT]
        topic = EFFECTS[effects[0]].name if effects else reading.name.lower()
        if topic in heard:
            continue
        heard.add(topic)
        said.append(f"{topic}: {phrase}" if reading.strength >= CLEAR else f"a little {topic}")
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}." if said else NOTHING
