"""What pictures say for and against a phrase, as far as the selection of phrases is concerned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

NOT_SEEN, OPPOSITE, OFF_TOPIC = "not seen", "opposite", "off topic"


@dataclass(frozen=True)
class Evidence:
    """One phrase held against the pictures of its distortion."""

    refusal: str
    """`NOT_SEEN` or `OPPOSITE`: the pictures do not do what the phrase says. `OFF_TOPIC`: it speaks of no effect but
    of a mood or of what the scene shows. Else empty."""
    detail: str
    """In words: what it claims, and from which level on that is seen; empty for a phrase linked to no effect."""
    seen: bool
    """Whether a claimed effect is seen; neither seen nor refused is a phrase that is linked to no effect."""
    plainness: float
    """In [0, 1]: the mean visibility over the levels of the claimed effect that is seen most, times how sure it is that
    the phrase claims it; of one that is seen to be absent only by how much it is so less often elsewhere. 0 unless
    seen."""
    told_apart: float
    """In [0, 1]: how much less that effect is seen in the taxonomy's other distortions on average, times the same; 0
    unless seen."""


Weigh = Callable[[str, Sequence[str]], "list[Evidence] | None"]
"""(distortion id, phrases) -> the evidence on each phrase; None where there are no pictures of the distortion."""
