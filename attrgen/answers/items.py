"""The phrases that an answer holds, and whether its model wrote them or took them from the prompt."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from exiqa.attrgen.answers.parse import parse_answer
from exiqa.attrgen.request import Answer, Request
from exiqa.bank.attribute import attribute_id
from exiqa.bank.phrases.screens import PhraseVerdict, strip_frame

COPIED = "copied"


@dataclass(frozen=True)
class Item:
    """One entry of the list in an answer."""

    written: str
    """As it stands there."""
    phrase: str
    """The bare noun phrase."""
    copied: bool
    """Whether the prompt has it word for word, in a worked example or among the phrases that are taken."""

    def verdict(self, distortion: str) -> PhraseVerdict:
        """What becomes of a copied one."""
        return PhraseVerdict(distortion, self.phrase, COPIED, "it stands in the prompt")


def read_items(request: Request, answer: Answer) -> list[Item]:
    """The entries of the list in an answer; none where there is no list."""
    shown = _listed(request.prompt)
    items = []
    for written in parse_answer(answer.text, answer.cut):
        phrase = strip_frame(written)
        items.append(Item(written, phrase, attribute_id(phrase) in shown))
    return items


@functools.lru_cache(maxsize=64)
def _listed(prompt: str) -> frozenset[str]:
    """The ids of the phrases that a prompt lists: "- a haze", "- There is a haze in the photo.", "- … -> a haze"."""
    lines = (line[1:] for line in prompt.splitlines() if line.startswith("-"))
    return frozenset(attribute_id(strip_frame(line.rpartition("->")[2])) for line in lines if line.strip())
