"""The public Python names that need no torch, gathered from the packages that own them (others: `api_torch`)."""

from __future__ import annotations

from bank.errors import UserError
from model.assess import Assessor, load
from model.assessment import Assessment, AttributeReading, DistortionReading, Score, ScoreBreakdown

__all__ = [
    "Assessment",
    "Assessor",
    "AttributeReading",
    "DistortionReading",
    "Score",
    "ScoreBreakdown",
    "UserError",
    "load",
]
