"""An attribute: what an observer sees in a distorted photo, as a bare noun phrase."""

from __future__ import annotations

import unicodedata

from pydantic import BaseModel, ConfigDict, Field

from exiqa.core.files import sha256_hex


def normalise_phrase(text: str) -> str:
    """The form in which two phrases count as the same: NFKC, casefolded, single-spaced, no final stop."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".").rstrip()


def attribute_id(phrase: str) -> str:
    """An attribute's id: the first 16 hex digits of the SHA-256 of its normalised phrase."""
    return sha256_hex(normalise_phrase(phrase))[:16]


class Attribute(BaseModel):
    """A visible effect ("a softening of details") and, where it has one, its opposite ("crisp details")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phrase: str = Field(min_length=1)
    antonym: str | None = None

    @property
    def id(self) -> str:
        return attribute_id(self.phrase)


Ranked = dict[str, tuple[Attribute, ...]]
"""Per distortion id, its attributes, best first."""
