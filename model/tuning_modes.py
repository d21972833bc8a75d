"""What each tuning mode trains. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TuningMode:
    """A mode of `exiqa.model.config.Tuning`."""

    name: str
    learned: str
    """What is learned of the CLIP, for people."""
    has_prompts: bool = False
    """Learnable tokens join the image's; their number is `Tuning.prompt_length`."""
    deep_prompts: bool = False
    """They do at every layer (Eqs. 4-5), not at the input alone (Eq. 3)."""
    trains_towers: bool = False
    """The weights of both towers are trained, so that the text directions move too."""
    trains_weights: bool = True
    """The weights of Eq. 7 are; where they are not, nothing is."""


TUNING_MODES: dict[str, TuningMode] = {
    mode.name: mode
    for mode in (
        TuningMode("shallow", "learnable tokens at the image tower's input", has_prompts=True),
        TuningMode("deep", "learnable tokens at every layer of the image tower", has_prompts=True, deep_prompts=True),
        TuningMode("full", "the whole CLIP", trains_towers=True),
        TuningMode("frozen", "nothing (zero-shot)", trains_weights=False),
    )
}
"""By name."""
