"""The versions of this package's families of backbones, apart from the code that loads them, which needs torch."""

from __future__ import annotations

FAMILY_VERSIONS = {"exiqa-mini": 3, "open_clip": 1, "hf-hub": 1}
"""By name, `BackboneFamily.version`: raised with every change of what the same weights make of an image or a
sentence."""
