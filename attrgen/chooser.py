"""How a generation chooses among the phrases that it has read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exiqa.bank.attribute import Attribute
from exiqa.bank.grounding.evidence import EvidenceSource
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.selection import Selection, SelectionSettings, select
from exiqa.bank.taxonomy import Taxonomy


@dataclass(frozen=True)
class Chooser:
    """Which candidates become attributes, and what they leave unsaid."""

    taxonomy: Taxonomy
    encoder: SentenceEncoder
    settings: SelectionSettings
    evidence: EvidenceSource | None
    """What pictures say; None goes by words alone."""

    def select(self, candidates: dict[str, list[str]]) -> Selection:
        """The best K of the phrases read so far, by distortion id.

        Raises:
            IdenticalSets: Two distortions end with the same attributes.
        """
        weigh = self.evidence.weigh if self.evidence else None
        return select(self.taxonomy, candidates, self.encoder, self.settings, weigh=weigh)

    def gaps(self, distortion: str, attributes: Sequence[Attribute]) -> tuple[str, ...]:
        """Names of the effects that a distortion's pictures show and that none of its attributes speaks of."""
        phrases = [attribute.phrase for attribute in attributes]
        return self.evidence.gaps(distortion, phrases) if self.evidence else ()
