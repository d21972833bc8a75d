"""From a bank and pairs of pictures to the bank's grounding."""

from __future__ import annotations

from exiqa.bank.grounding.grounding import Grounding, ground
from exiqa.bank.grounding.verdict import GroundingSettings
from exiqa.bank.linking.linker import link, linker_hash
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.schema import Bank
from exiqa.core.progress import Step
from exiqa.iqadata.grounding.measure import measure_table
from exiqa.iqadata.grounding.pairs import PairSource


def ground_bank(
    bank: Bank, source: PairSource, encoder: SentenceEncoder, step: Step = lambda done, total: None
) -> Grounding:
    """Hold every phrase of a bank against pictures of its distortion.

    Args:
        bank: The bank.
        source: Pairs of its distortions.
        encoder: Links phrases to effects.
        step: Told (done, total) pairs.

    Raises:
        UserError: There is no pair of any distortion of the bank, or one cannot be measured.
    """
    table = measure_table(source, step)
    links = {one.phrase: one.claims for one in link([attribute.phrase for attribute in bank.attributes], encoder)}
    return ground(bank, table, links, linker_hash(encoder), GroundingSettings())
