"""Template sets: an attribute's positive and negative sentence (the paper, section IV-C)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exiqa.bank.attribute import Attribute
from exiqa.core.errors import UserError


@dataclass(frozen=True)
class TemplateSet:
    """How a phrase becomes the two sentences whose softmax is P(a|I) (Eq. 6)."""

    name: str
    positive: Callable[[Attribute], str]
    negative: Callable[[Attribute], str]


def _there_is(attribute: Attribute) -> str:
    return f"There is {attribute.phrase} in the photo."


def _antonym(attribute: Attribute) -> str:
    if attribute.antonym is None:
        raise UserError(
            f"attribute {attribute.phrase!r} has no antonym, which the template set 'antonym' needs; "
            "add one with `exiqa bank edit`, or use --template paper"
        )
    return f"There is {attribute.antonym} in the photo."


NOTHING_WRONG = "There is nothing wrong with the photo."

TEMPLATE_SETS: dict[str, TemplateSet] = {
    # The paper's own sentences, word for word.
    "paper": TemplateSet("paper", _there_is, lambda a: f"There is not {a.phrase} in the photo."),
    # CLIP-like text towers hardly react to "not"; "no" and an opposite phrase are the ablations.
    "none": TemplateSet("none", _there_is, lambda a: f"There is no {_without_article(a.phrase)} in the photo."),
    "antonym": TemplateSet("antonym", _there_is, _antonym),
    # A negation or an opposite is one more phrase to be understood; this one is the same for every attribute.
    "nothing_wrong": TemplateSet("nothing_wrong", _there_is, lambda a: NOTHING_WRONG),
}


def _without_article(phrase: str) -> str:
    first, _, rest = phrase.partition(" ")
    return rest if first.casefold() in {"a", "an", "the"} and rest else phrase


def sentence_pairs(attributes: Sequence[Attribute], template: str = "paper") -> tuple[list[str], list[str]]:
    """The two sentences of each attribute whose softmax is P(a|I) (Eq. 6).

    Args:
        attributes: A of them.
        template: A name in `TEMPLATE_SETS`.

    Returns:
        A positive and A negative sentences, in the order of `attributes`.

    Raises:
        UserError: There is no such template set, or it needs antonyms and an attribute has none.
    """
    if template not in TEMPLATE_SETS:
        raise UserError(f"there is no template set {template!r}; there are {', '.join(TEMPLATE_SETS)}")
    chosen = TEMPLATE_SETS[template]
    return [chosen.positive(a) for a in attributes], [chosen.negative(a) for a in attributes]
