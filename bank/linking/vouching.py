"""Which attributes of a bank name an effect that is known, so that a model that learned effects can answer to them."""

from __future__ import annotations

from exiqa.bank.linking.labelled import claims_of
from exiqa.bank.linking.linker import link
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.schema import Bank


def unlinked_phrases(bank: Bank, encoder: SentenceEncoder) -> tuple[str, ...]:
    """The phrases that are linked to no effect: nothing vouches for what a model says of them untuned.

    Args:
        bank: Any.
        encoder: Links the phrases that are not among the labelled ones.

    Returns:
        In the order of the bank's attributes.
    """
    others = [attribute.phrase for attribute in bank.attributes if not claims_of(attribute.phrase)]
    return tuple(one.phrase for one in link(others, encoder) if not one.claims) if others else ()
