"""What a generation can be told, and what its calls report while they run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from exiqa.attrgen.cost import Price
from exiqa.bank.phrases.selection import SelectionSettings

ASKED_PER_KEPT = 2
"""Phrases asked for per phrase wanted, since screens and de-duplication take some."""


class GenerateSettings(BaseModel):
    """How a bank is generated. Only the last three change nothing about the phrases themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    selection: SelectionSettings = SelectionSettings()
    """K, the de-duplication threshold and the weights of the ranking."""
    seed: int = Field(default=0, ge=0)
    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    prompt: Path | None = None
    """The user's own template; None is the paper's prompt."""
    rounds: int = Field(default=3, ge=1)
    """How many times one call may ask about a distortion that has fewer than K phrases."""
    price: Price | None = None
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars that the whole bank may cost, earlier calls included."""

    @property
    def asked(self) -> int:
        """Phrases that one prompt asks for."""
        return ASKED_PER_KEPT * self.selection.k


EventKind = Literal["round", "answer", "selected"]


@dataclass(frozen=True)
class Event:
    """One step: a round begins, an answer is there, or the phrases so far were screened and ranked."""

    kind: EventKind
    round: int
    done: int
    """Answers there in this round."""
    total: int
    """Answers that this round needs."""
    short: int
    """Distortions that have fewer than K phrases."""
    tokens: tuple[int, int]
    """Read and written so far, recorded answers included."""
    cost: float | None
    """US dollars so far; None without prices."""
    distortion: str | None = None
    """The one that was answered."""
