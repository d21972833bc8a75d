"""The public Python names, gathered from the packages that own them."""

from __future__ import annotations

from bank.errors import UserError
from model.artifact import Artifact
from model.assess import Assessor, load
from model.assessment import Assessment, AttributeReading, DistortionReading, Score, ScoreBreakdown
from model.saliency import Saliency

__all__ = [
    "Artifact",
    "Assessment",
    "Assessor",
    "AttributeReading",
    "DistortionReading",
    "Saliency",
    "Score",
    "ScoreBreakdown",
    "UserError",
    "load",
]
