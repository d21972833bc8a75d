"""The public Python names that come with torch, gathered from the packages that own them."""

from __future__ import annotations

from model.artifact import Artifact
from model.saliency import Saliency

__all__ = ["Artifact", "Saliency"]
