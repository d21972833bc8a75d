"""The labelled phrases: what a linker is fitted on and measured with."""

from __future__ import annotations

import csv
import functools
import io
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exiqa.bank.attribute import attribute_id
from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT, Claim

LABELLED = Path(__file__).with_name("labelled.csv")

SOURCES = {
    "curated": "the curated attributes of the shipped banks",
    "antonym": "their antonyms",
    "llm": "answers of a large language model to the prompts of `attrgen`",
    "names": "everyday names and short descriptions of each effect",
    "descriptions": 'longer descriptions of each effect, written after those of "llm" had been labelled',
    "pairs": "phrases of the labelled pairs for de-duplication, labelled before any linker had seen them",
    "paraphrase": "further wordings of each curated attribute",
    "asides": "moods, contents of a scene, and nonsense",
    "other_asides": "more of the same, kept apart for measuring",
    "wordings": 'further wordings of each effect and of its absence, written without a look at "llm"',
}
"""Source -> where its phrases come from, in the order of the file."""

KINDS = ("effect", "mood", "content", "nonsense")
"""What a phrase speaks of. Only the first can be held against pixels."""


def parse_claims(text: str) -> tuple[Claim, ...]:
    """The claims of "blur+;overshoot-".

    Raises:
        ValueError: An unknown effect, or no sign behind one.
    """
    claims = []
    for item in filter(None, text.split(";")):
        effect, sign = item[:-1], item[-1]
        if effect not in EFFECTS or sign not in "+-":
            raise ValueError(f"{item!r} is no effect with a sign such as 'blur+'")
        claims.append(Claim(effect, PRESENT if sign == "+" else ABSENT))
    return tuple(claims)


class LabelledPhrase(BaseModel):
    """One row of `labelled.csv`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    phrase: Annotated[str, Field(min_length=1, max_length=300)]
    source: str
    distortion: str
    """The distortion that the phrase was written for; "" where it was written for none."""
    kind: Literal["effect", "mood", "content", "nonsense"]
    effects: Annotated[tuple[Claim, ...], BeforeValidator(lambda v: parse_claims(v) if isinstance(v, str) else v)]

    @model_validator(mode="after")
    def _consistent(self) -> LabelledPhrase:
        if self.source not in SOURCES:
            raise ValueError(f"{self.phrase!r} is of an unknown source, {self.source!r}")
        if bool(self.effects) != (self.kind == "effect"):
            raise ValueError(f"{self.phrase!r} must have effects if, and only if, it is of the kind 'effect'")
        if len(self.effects) > 2 or len({claim.effect for claim in self.effects}) != len(self.effects):
            raise ValueError(f"{self.phrase!r} must have one or two different effects")
        for claim in self.effects:
            if claim != claim.canonical:
                raise ValueError(f"{self.phrase!r}: write {claim} as {claim.canonical}")
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """What a linker is to answer: the claims as text, else the kind."""
        return tuple(map(str, self.effects)) or (self.kind,)


def read_labelled(text: str) -> tuple[LabelledPhrase, ...]:
    """The rows of a table of labelled phrases.

    Args:
        text: CSV with the columns phrase, source, distortion, kind, effects.

    Raises:
        ValueError: A row that is wrong, or a phrase that comes twice.
    """
    rows = tuple(LabelledPhrase.model_validate(row) for row in csv.DictReader(io.StringIO(text)))
    seen: set[str] = set()
    for row in rows:
        key = attribute_id(row.phrase)
        if key in seen:
            raise ValueError(f"{row.phrase!r} comes twice")
        seen.add(key)
    return rows


@functools.cache
def labelled_phrases() -> tuple[LabelledPhrase, ...]:
    """The labelled phrases of the package."""
    return read_labelled(LABELLED.read_text(encoding="utf-8"))


def claims_of(phrase: str) -> tuple[Claim, ...]:
    """What a labelled phrase claims; nothing for one that is not labelled.

    The table is taken as it is, so that nothing but a look-up is paid for.
    """
    return parse_claims(_claims_by_phrase().get(phrase, ""))


@functools.cache
def _claims_by_phrase() -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(LABELLED.read_text(encoding="utf-8")))
    return {row["phrase"]: row["effects"] for row in rows}
