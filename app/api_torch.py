"""The public Python names that come with torch, gathered from the packages that own them."""

from __future__ import annotations

from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.saliency import Saliency

__all__ = ["Artifact", "Saliency"]
