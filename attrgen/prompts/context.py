"""What a template may use beside the distortion's own words: its effects, similar distortions, worked examples."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from exiqa.attrgen.prompts.examples import WorkedExample, profile_cosine, worked_examples
from exiqa.bank.grounding.curves import EffectCurves
from exiqa.bank.grounding.table import EffectTable
from exiqa.bank.grounding.verdict import GroundingSettings
from exiqa.bank.linking.effects import EFFECTS
from exiqa.bank.phrases.deduplicate import cosines
from exiqa.bank.phrases.encoder import SentenceEncoder
from exiqa.bank.taxonomy import Taxonomy

SIMILAR = 3
"""Similar distortions that a template is told of."""


@dataclass(frozen=True)
class SeenEffect:
    """An effect that the distortion's pictures show."""

    name: str
    """"colour fringes at edges"."""
    definition: str
    """In a sentence: what there is in the picture and not in its reference."""
    visibility: float
    """At the level where it is most visible, in [0, 1]."""
    level: int
    """From which level on it is seen."""


@dataclass(frozen=True)
class Similar:
    """Another distortion of the taxonomy that is easily taken for the one asked."""

    name: str
    explanation: str
    only_here: tuple[str, ...]
    """Names of effects that the one asked shows and this one does not; empty without pictures of both."""
    only_there: tuple[str, ...]
    """The other way round."""


@dataclass(frozen=True)
class Context:
    """What a template may use; whatever it does not use is left empty."""

    effects: tuple[SeenEffect, ...] = ()
    """The most visible first; empty without pictures."""
    similar: tuple[Similar, ...] = ()
    """The most similar first: by their effects where there are pictures, else by their explanations."""
    examples: tuple[WorkedExample, ...] = ()


@dataclass(frozen=True)
class ContextSource:
    """Finds the context of a taxonomy's distortions."""

    taxonomy: Taxonomy
    encoder: SentenceEncoder
    table: EffectTable | None
    """What pictures show; None goes by words alone."""
    settings: GroundingSettings = field(default_factory=GroundingSettings)
    """From where on an effect is seen."""

    def of(self, distortion: str, round: int, used: Collection[str]) -> Context:
        """The context of a distortion in a round.

        Args:
            distortion: Its id.
            round: From 1; every round has examples of its own.
            used: The variables that the template uses: "effects", "similar", "examples".
        """
        curves = self._curves(distortion)
        return Context(
            effects=self._effects(curves) if curves and "effects" in used else (),
            similar=self._similar(distortion) if "similar" in used else (),
            examples=(
                worked_examples(self.taxonomy[distortion], self.encoder, curves, round) if "examples" in used else ()
            ),
        )

    def _curves(self, distortion: str) -> EffectCurves | None:
        return self.table.curves.get(distortion) if self.table else None

    def _effects(self, curves: EffectCurves) -> tuple[SeenEffect, ...]:
        seen = []
        for effect, curve in curves.visibility.items():
            level = next(
                (n for n, value in zip(curves.levels, curve, strict=True) if value >= self.settings.seen), None
            )
            if level is not None:
                seen.append(SeenEffect(EFFECTS[effect].name, EFFECTS[effect].definition, curves.peak(effect), level))
        return tuple(sorted(seen, key=lambda effect: (-effect.visibility, effect.name)))

    def _similar(self, distortion: str) -> tuple[Similar, ...]:
        others = [other for other in self.taxonomy.ids if other != distortion]
        curves = self._curves(distortion)
        if curves is not None and any(self._curves(other) for other in others):
            others = [other for other in others if self._curves(other)]
            near = [profile_cosine(curves, there) for other in others if (there := self._curves(other))]
        else:
            texts = [f"{d.name}: {d.explanation}" for d in map(self.taxonomy.__getitem__, (distortion, *others))]
            vectors = self.encoder.encode(texts)
            near = cosines(vectors[:1], vectors[1:])[0].tolist()
        order = sorted(range(len(others)), key=lambda number: -near[number])[:SIMILAR]
        return tuple(self._compared(distortion, others[number]) for number in order)

    def _compared(self, distortion: str, other: str) -> Similar:
        here, there = (
            tuple(effect.name for effect in self._effects(curves)) if (curves := self._curves(each)) else None
            for each in (distortion, other)
        )
        known = here is not None and there is not None
        return Similar(
            self.taxonomy[other].name,
            self.taxonomy[other].explanation,
            only_here=tuple(name for name in here or () if name not in (there or ())) if known else (),
            only_there=tuple(name for name in there or () if name not in (here or ())) if known else (),
        )
