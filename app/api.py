"""The public Python names that need no torch, gathered from the packages that own them (others: `api_torch`)."""

from __future__ import annotations

from exiqa.core.errors import UserError
from exiqa.model.assessing.assessment import (
    Assessment,
    Assessments,
    AttributeReading,
    DistortionReading,
    Score,
    ScoreBreakdown,
)
from exiqa.model.assessing.assessor import Assessor, load

__all__ = [
    "Assessment",
    "Assessments",
    "Assessor",
    "AttributeReading",
    "DistortionReading",
    "Score",
    "ScoreBreakdown",
    "UserError",
    "load",
]
