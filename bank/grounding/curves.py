"""How visible each effect of a distortion is, level by level: what pixels say, before any phrase is held against it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from exiqa.bank.linking.effects import ABSENT, EFFECTS, Claim


class EffectCurves(BaseModel):
    """The effects of one distortion over its levels, as means over photos."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    levels: tuple[int, ...] = Field(min_length=1)
    """L levels, ascending; those that cannot be told apart are not among them."""
    photos: int = Field(ge=1)
    """How many photos each mean is over."""
    visibility: dict[str, tuple[float, ...]]
    """Effect id -> L means of visibility in [0, 1], to three decimals; an effect that is never seen is left out."""

    @model_validator(mode="after")
    def _fits(self) -> EffectCurves:
        for effect, curve in self.visibility.items():
            if effect not in EFFECTS:
                raise ValueError(f"there is no effect {effect!r}")
            if len(curve) != len(self.levels) or not all(0 <= value <= 1 for value in curve):
                raise ValueError(f"the effect {effect} needs a visibility in [0, 1] for each level")
        return self

    def of(self, claim: Claim) -> tuple[float, ...]:
        """The visibility of what a claim says, at each level: of the effect, of its opposite, or of its absence.

        Returns:
            L values in [0, 1]. The absence of an effect that has no opposite is as visible as the effect is not.
        """
        claim = claim.canonical
        curve = self.visibility.get(claim.effect, (0.0,) * len(self.levels))
        return tuple(round(1 - value, 3) for value in curve) if claim.sign == ABSENT else curve

    def peak(self, effect: str) -> float:
        """The highest mean visibility of an effect over the levels."""
        return max(self.visibility.get(effect, (0.0,)))
