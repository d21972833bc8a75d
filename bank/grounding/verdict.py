"""Whether the pictures of a distortion do what a phrase says, and what they do that no phrase says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT, Claim

VerdictName = Literal["seen", "not seen", "opposite", "not linked"]


class GroundingSettings(BaseModel):
    """From which mean visibility on an effect counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: float = Field(default=0.15, gt=0, le=1)
    """A claimed effect is seen at a level where its mean visibility over the photos is this or more."""
    gap: float = Field(default=0.5, gt=0, le=1)
    """An effect that reaches this is plainly there: a bank that does not name it has a gap."""


@dataclass(frozen=True)
class PhraseGrounding:
    """A phrase's verdict for one distortion."""

    verdict: VerdictName
    level: int | None
    """The first level from which on a claimed effect is seen; None unless it is."""
    claims: tuple[Claim, ...]
    """What the phrase says; empty where it is linked to no effect."""


def judge(claims: Sequence[Claim], curves: EffectCurves, settings: GroundingSettings) -> PhraseGrounding:
    """Hold a phrase's claims against the curves of its distortion.

    *Seen*: at some level a claimed effect is. Where the levels of a distortion go both ways (a shift of brightness),
    one of them is enough. *Opposite*: none is, and what denies a claim is ("a brighter picture" where it gets darker).
    *Not seen*: neither. Beside the presence of something, the absence of another thing is a remark ("flat tiles with
    clean edges") and decides nothing.

    Args:
        claims: What the phrase says; none where it is linked to no effect.
        curves: What the distortion does.
        settings: From where on an effect counts.
    """
    claims = tuple(claim.canonical for claim in claims)
    deciding = [claim for claim in claims if claim.sign == PRESENT] or list(claims)
    if not deciding:
        return PhraseGrounding("not linked", None, claims)
    levels = [level for claim in deciding if (level := first_seen(claim, curves, settings)) is not None]
    if levels:
        return PhraseGrounding("seen", min(levels), claims)
    denied = any(first_seen(claim.contrary, curves, settings) is not None for claim in deciding if _deniable(claim))
    return PhraseGrounding("opposite" if denied else "not seen", None, claims)


def first_seen(claim: Claim, curves: EffectCurves, settings: GroundingSettings) -> int | None:
    """The first level at which what a claim says is seen, or None.

    The absence of an effect is seen only where the effect is at none of the levels: nearly everything is absent from
    a faint distortion.
    """
    visibility = curves.of(claim)
    if claim.canonical.sign == ABSENT:
        return curves.levels[0] if curves.peak(claim.effect) < settings.seen else None
    return next((level for level, value in zip(curves.levels, visibility, strict=True) if value >= settings.seen), None)


def gaps(verdicts: Iterable[PhraseGrounding], curves: EffectCurves, settings: GroundingSettings) -> tuple[str, ...]:
    """The effects that are plainly there and that no phrase names, the most visible first."""
    named = {claim.effect for verdict in verdicts for claim in verdict.claims if claim.sign == PRESENT}
    plain = [effect for effect in EFFECTS if curves.peak(effect) >= settings.gap and effect not in named]
    return tuple(sorted(plain, key=lambda effect: -curves.peak(effect)))


def _deniable(claim: Claim) -> bool:
    """Whether a claim's contrary is something seen: the opposite effect, or an effect that was said to be absent."""
    return bool(EFFECTS[claim.effect].opposite) or claim.sign == ABSENT
