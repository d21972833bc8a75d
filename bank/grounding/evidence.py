"""What pixels say for and against candidate phrases: whether each is seen, how plainly, how much of it is its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.grounding.verdict import GroundingSettings, first_seen, gaps, judge
from exiqa.bank.linking.effects import EFFECTS, PRESENT, Claim
from exiqa.bank.linking.linker import Link, link, linker_hash
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.phrases.evidence import NOT_SEEN, OFF_TOPIC, OPPOSITE, Evidence


@dataclass(frozen=True)
class EvidenceSource:
    """Holds phrases against a table of effects."""

    table: EffectTable
    encoder: SentenceEncoder
    """Links phrases to effects."""
    settings: GroundingSettings = field(default_factory=GroundingSettings)
    _links: dict[str, Link] = field(default_factory=dict, repr=False, compare=False)
    """Of phrases that were asked about: those that are weighed are asked about again when gaps are looked for."""

    def weigh(self, distortion: str, phrases: Sequence[str]) -> list[Evidence] | None:
        """The evidence on each phrase; None where there are no pictures of the distortion."""
        if distortion not in self.table.curves:
            return None
        return [self._weigh(distortion, one) for one in self._linked(phrases)]

    def gaps(self, distortion: str, phrases: Sequence[str]) -> tuple[str, ...]:
        """Names of the effects that are plainly there and that none of the phrases names; none without pictures."""
        curves = self.table.curves.get(distortion)
        if curves is None:
            return ()
        verdicts = [judge(one.claims, curves, self.settings) for one in self._linked(phrases)]
        return tuple(EFFECTS[effect].name for effect in gaps(verdicts, curves, self.settings))

    def provenance(self) -> dict[str, Any]:
        """What the evidence depends on, for a bank's provenance."""
        return {"effects": self.table.hash, "linker": linker_hash(self.encoder), **self.settings.model_dump()}

    def _linked(self, phrases: Sequence[str]) -> list[Link]:
        new = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._links]
        self._links.update((one.phrase, one) for one in link(new, self.encoder))
        return [self._links[phrase] for phrase in phrases]

    def _weigh(self, distortion: str, found: Link) -> Evidence:
        if found.verdict == "refused":
            return Evidence(OFF_TOPIC, found.reason, False, 0.0, 0.0)
        curves = self.table.curves[distortion]
        grounding = judge(found.claims, curves, self.settings)
        what = ", ".join(map(str, grounding.claims))
        if grounding.verdict == "not linked":
            return Evidence("", "", False, 0.0, 0.0)
        if grounding.verdict != "seen":
            refusal = OPPOSITE if grounding.verdict == "opposite" else NOT_SEEN
            detail = f"claims {what}; " + (
                "the pictures do the opposite" if refusal == OPPOSITE else "no level shows it"
            )
            return Evidence(refusal, detail, False, 0.0, 0.0)
        seen = [claim for claim in grounding.claims if first_seen(claim, curves, self.settings) is not None]
        present = [claim for claim in seen if claim.sign == PRESENT] or seen
        most = max(present, key=lambda claim: (_mean(curves, claim), claim))
        here = _mean(curves, most)
        others = [_mean(other, most) for name, other in self.table.curves.items() if name != distortion]
        # That something is absent is true of almost any picture, and says the less of this one.
        absent = most.sign != PRESENT
        elsewhere = sum(others) / len(others) if others else float(absent)
        detail = f"claims {what}; seen from level {grounding.level}"
        apart = max(here - elsewhere, 0.0)
        if absent and apart < self.settings.seen:
            return Evidence("", f"claims {what}; as absent elsewhere", False, 0.0, 0.0)
        plain = apart if absent else here
        return Evidence("", detail, True, round(found.score * plain, 5), round(found.score * apart, 5))


def _mean(curves: EffectCurves, claim: Claim) -> float:
    visibility = curves.of(claim)
    return sum(visibility) / len(visibility)
