"""What a regressor's scores are, and what it learned them from. Needs no torch."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from exiqa.iqadata.datasets.dataset import ScoreInfo


class ScoreOrigin(BaseModel):
    """What a regressor's scores are, and what it learned them from. Stored beside its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    dataset_hash: str
    split_hash: str
    score: ScoreInfo
    images: int | None = None
    """How many it was fitted to; None where that is not recorded."""
