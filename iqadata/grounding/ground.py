"""From a bank and pairs of pictures to the bank's grounding."""

from __future__ import annotations

from exiqa.bank.grounding.grounding import Grounding, GroundingSource, ground
from exiqa.bank.grounding.verdict import GroundingSettings
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.linking import link, linker_hash
from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.core.progress import Step
from exiqa.iqadata.effects.measure import EFFECTS_VERSION
from exiqa.iqadata.grounding.measure import measure_curves
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
    curves = measure_curves(source, step)
    if not curves:
        reasons = "; ".join(dict.fromkeys(source.missing.values()))
        raise UserError(f"there are no pictures of any distortion of {bank.id}: {reasons}")
    phrases = [attribute.phrase for attribute in bank.attributes]
    links = {one.phrase: one.claims for one in link(phrases, encoder)}
    settings = GroundingSettings()
    about = GroundingSource(
        pairs=source.description,
        hash=source.hash,
        effects_version=EFFECTS_VERSION,
        linker=linker_hash(encoder),
        seen=settings.seen,
        gap=settings.gap,
    )
    return ground(bank, curves, links, about, dict(source.missing))
