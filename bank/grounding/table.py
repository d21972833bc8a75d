"""What the distortions of a taxonomy do to pictures: the curves of all of them, and what they were measured on."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.bank.grounding.curves import EffectCurves
from exiqa.core.files import canonical_json, sha256_hex


class EffectTable(BaseModel):
    """The curves of distortions, measured on the same photos. A generation that is held against it records it whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    pairs: str
    """In words: "7 packaged photos at 512×384, with the levels of kadid10k"."""
    pairs_hash: str
    """SHA-256 of what the pictures depend on."""
    effects_version: int
    curves: dict[str, EffectCurves] = Field(min_length=1)
    """Distortion id -> its curves."""
    missing: dict[str, str] = {}
    """Distortion id -> why there are no pictures of it."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all of it, 64 hex digits."""
        return sha256_hex(canonical_json(self.model_dump(mode="json")))
