"""A CLIP as this project sees it, and what a family of such is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from exiqa.core.files import sha256_hex
from exiqa.model.backbones.text import TextTower, state_hash


class Backbone(nn.Module):
    """A CLIP: an image tower, a text tower, and what goes with its weights."""

    def __init__(
        self,
        spec: str,
        visual: nn.Module,
        text: nn.Module,
        *,
        image_size: int,
        embed_dim: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        logit_scale: float,
    ) -> None:
        """A backbone without gradients, from its two towers.

        Args:
            spec: What it was loaded by; stored in artifacts.
            visual: The image tower, normalised pixels -> embeddings.
            text: The text tower, a `TextTower`.
            image_size: S, in pixels.
            embed_dim: E.
            mean: Per RGB channel, of pixels in [0, 1].
            std: Likewise.
            logit_scale: What multiplies dot products of unit vectors (100 for OpenAI's weights), not its logarithm.
        """
        super().__init__()
        self.spec = spec
        self.seed = 0
        self.visual = visual
        self.text = text
        self.image_size = image_size
        self.embed_dim = embed_dim
        self.logit_scale = logit_scale
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    @property
    def text_tower(self) -> TextTower:
        return self.text  # type: ignore[return-value]

    def normalise(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) in [0, 1] -> zero mean and unit variance over the backbone's own training photos."""
        return (pixels - self.mean) / self.std  # type: ignore[operator]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of both towers as they were loaded: 64 hex digits. Take it before any training."""
        return sha256_hex(f"{state_hash(self.visual)} {self.text_tower.content_hash()}")


@dataclass(frozen=True)
class BackboneFamily:
    """Backbones that are loaded in the same way. A row of `exiqa.model.backbones.families.FAMILIES`."""

    name: str
    forms: tuple[str, ...]
    """The specs of its backbones, for people: "exiqa-mini@FILE.safetensors"."""
    pattern: re.Pattern[str]
    """Matches the whole of its specs, and of no other family's."""
    load: Callable[[str], Backbone]
    """Such a spec -> the backbone. Random weights are drawn from torch's global generator, which the caller seeds."""
