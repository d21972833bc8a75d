"""A CLIP as this project sees it, and what a family of such is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor, nn

from exiqa.core.files import sha256_hex
from exiqa.model.backbones.card import PretrainingCard
from exiqa.model.backbones.text import TextTower, state_hash


class VisualTokens(Protocol):
    """The token sequence inside an image tower, where visual prompts join it and saliency maps are read.

    `pool(blocks(embed(pixels)))` is what the tower itself gives. No `nn.Module`: the weights are the tower's.
    """

    width: int
    """W, of a token."""
    patch: tuple[int, int]
    """(height, width) of a patch in pixels."""
    grid: tuple[int, int]
    """(rows, columns) of patches in an image."""
    before_patches: int
    """How many of the image's own tokens, such as a class token, stand before the patches'."""

    @property
    def blocks(self) -> Sequence[nn.Module]:
        """The layers in order, each (N, L, W) -> (N, L, W) for any L."""
        ...

    def embed(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) normalised pixels -> (N, H, W): what enters the first block, positions applied."""
        ...

    def pool(self, tokens: Tensor) -> Tensor:
        """(N, H, W) tokens that left the last block -> (N, E) image embeddings, of any length."""
        ...


class Backbone(nn.Module):
    """A CLIP: an image tower, a text tower, and what goes with its weights."""

    tokens: VisualTokens | None
    """The image tower's, set by `exiqa.model.backbones.families.load_backbone`; None: it takes no prompts."""
    version: int = 1
    """Its family's, set there too."""

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
        self.tokens = None
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
        """SHA-256 of both towers as they were loaded, and of their family's version where it is not the first: 64 hex
        digits. Take it before any training."""
        version = f" version {self.version}" if self.version > 1 else ""
        return sha256_hex(f"{state_hash(self.visual)} {self.text_tower.content_hash()}{version}")


def no_tokens(visual: nn.Module) -> None:
    """Of an image tower without a token sequence."""


def no_card(spec: str) -> None:
    """Of backbones whose weights do not say what they met."""


@dataclass(frozen=True)
class BackboneFamily:
    """Backbones that are loaded in the same way. One object in a module, named by
    `exiqa.model.backbones.families.FAMILIES`."""

    name: str
    """What its specs begin with."""
    forms: tuple[str, ...]
    """The specs of its backbones, for people: "exiqa-mini@FILE.safetensors"."""
    pattern: re.Pattern[str]
    """Matches the whole of its specs."""
    load: Callable[[str], Backbone]
    """Such a spec -> the backbone, its text tower a `exiqa.model.backbones.text.TextTower`. Random weights are drawn
    from torch's global generator, which the caller seeds."""
    check: Callable[[str], None] = lambda spec: None
    """Raises, of what loading such a spec would raise, what shows without loading: no such model, no such file."""
    visual_tokens: Callable[[nn.Module], VisualTokens | None] = no_tokens
    """The image tower of such a backbone -> its tokens; None: it takes no prompts and has no saliency maps."""
    card: Callable[[str], PretrainingCard | None] = no_card
    """Such a spec -> what its weights met before they came here; None where nobody says. Loads no weights."""
    version: int = 1
    """Raised with every change of what the same weights make of an image or a sentence."""
