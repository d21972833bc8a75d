"""What a running generation reports to whoever listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
