"""The settings of a generation."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from exiqa.attrgen.cost import Price
from exiqa.bank.phrases.selection import SelectionSettings


class GenerateSettings(BaseModel):
    """How a bank is generated. Only the last three change nothing about the phrases themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    selection: SelectionSettings = SelectionSettings()
    """K, the de-duplication threshold and the weights of the ranking."""
    seed: int = Field(default=0, ge=0)
    prompt: str | Path | None = None
    """A shipped template or the file of the user's own; None is the default of the kind of LLM."""
    rounds: int = Field(default=3, ge=1)
    """How many times one call may ask about a distortion that has fewer than K phrases."""
    price: Price | None = None
    max_cost: float | None = Field(default=None, gt=0)
    """US dollars that the whole bank may cost, earlier calls included."""
