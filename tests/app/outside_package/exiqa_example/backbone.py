"""Patchwork: a very small CLIP with random weights, `patchwork/random`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from exiqa.model import Backbone, BackboneFamily
from exiqa.model.backbones.text import state_hash

SIZE, PATCH, WIDTH, EMBED = 64, 16, 32, 16
SIDE = SIZE // PATCH
WORDS, VOCABULARY = 40, 4096


class Tower(nn.Module):
    """(N, 3, 64, 64) normalised pixels -> (N, 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.positions = nn.Parameter(0.02 * torch.randn(SIDE**2, WIDTH))
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(WIDTH, 2, WIDTH, 0, batch_first=True) for _ in range(2))
        self.project = nn.Linear(WIDTH, EMBED)

    def forward(self, pixels: Tensor) -> Tensor:
        tokens = Tokens(self)
        x = tokens.embed(pixels)
        for block in self.blocks:
            x = block(x)
        return tokens.pool(x)


@dataclass(frozen=True)
class Tokens:
    """Where prompts join the tower, and where saliency maps are read."""

    tower: Tower
    width: int = WIDTH
    patch: tuple[int, int] = (PATCH, PATCH)
    grid: tuple[int, int] = (SIDE, SIDE)
    before_patches: int = 0

    @property
    def blocks(self) -> Sequence[nn.Module]:
        return self.tower.blocks

    def embed(self, pixels: Tensor) -> Tensor:
        return self.tower.patches(pixels).flatten(2).transpose(1, 2) + self.tower.positions  # (N, 16, 32)

    def pool(self, tokens: Tensor) -> Tensor:
        return self.tower.project(tokens.mean(dim=1))


class Words(nn.Module):
    """Sentences as bags of words."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.EmbeddingBag(VOCABULARY, EMBED, padding_idx=0)

    def inputs(self, sentences: Sequence[str]) -> Tensor:
        """(M, 40) int64 numbers of words."""
        rows = [[1 + zlib.crc32(word.encode()) % (VOCABULARY - 1) for word in text.split()] for text in sentences]
        return torch.tensor([(row + [0] * WORDS)[:WORDS] for row in rows])

    def forward(self, inputs: Tensor) -> Tensor:
        return self.vectors(inputs)

    def content_hash(self) -> str:
        return state_hash(self)


def load(spec: str) -> Backbone:
    """The backbone; its weights come from torch's generator, which exiqa seeds."""
    half = (0.5, 0.5, 0.5)
    return Backbone(spec, Tower(), Words(), image_size=SIZE, embed_dim=EMBED, mean=half, std=half, logit_scale=14.0)


FAMILY = BackboneFamily(
    name="patchwork",
    forms=("patchwork/random",),
    pattern=re.compile("patchwork/random"),
    load=load,
    visual_tokens=Tokens,
)
