"""Visual prompts (Eqs. 3-5): learnable tokens that join an image tower's own.

They follow the image's own tokens, as Eq. 3 writes it: [x, p1 … pn], and carry no position. Self-attention does not
see order beyond the positional embedding, so the place in the sequence itself changes nothing. What leaves the last
block at the prompts' places is dropped, so prompts never reach the pooling.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone, VisualTokens


class PromptedTower(nn.Module):
    """An image tower with `length` learnable tokens at its input, or at the input of every layer."""

    def __init__(
        self, visual: nn.Module, tokens: VisualTokens, length: int, deep: bool, generator: torch.Generator
    ) -> None:
        """Tokens start uniform in ±sqrt(6 / (3 patch² + width)), as in Visual Prompt Tuning (Jia et al. 2022).

        Args:
            visual: The image tower; wrapped, not copied.
            tokens: Its tokens.
            length: Number of prompts, per layer where `deep`.
            deep: Eqs. 4-5 instead of Eq. 3.
            generator: Draws the prompts.
        """
        super().__init__()
        self.visual = visual
        self.tokens = tokens
        self.deep = deep
        patch = tokens.patch[0] * tokens.patch[1]
        layers = len(tokens.blocks) if deep else 1
        bound = math.sqrt(6 / (3 * patch + tokens.width))
        prompts = torch.empty(layers, length, tokens.width).uniform_(-bound, bound, generator=generator)
        self.prompts = nn.Parameter(prompts)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) normalised pixels -> (N, E) image embeddings, not normalised."""
        x = self.tokens.embed(pixels)  # (N, H, W): the image's own tokens
        length = x.shape[1]
        if self.deep:
            for block, prompts in zip(self.tokens.blocks, self.prompts, strict=True):
                x = block(self._join(x, prompts))[:, :length]  # Eqs. 4-5
        else:
            x = self._join(x, self.prompts[0])
            for block in self.tokens.blocks:  # Eq. 3
                x = block(x)
            x = x[:, :length]
        return self.tokens.pool(x)

    @staticmethod
    def _join(x: Tensor, prompts: Tensor) -> Tensor:
        return torch.cat([x, prompts.to(x.dtype).expand(x.shape[0], -1, -1)], dim=1)  # (N, H + n, W)


def tokens_for_prompts(backbone: Backbone) -> VisualTokens:
    """The tokens that prompts can join.

    Raises:
        UserError: The backbone's image tower has none.
    """
    if backbone.tokens is None:
        raise UserError(
            f"{backbone.spec} has a {type(backbone.visual).__name__} image tower whose family names no token sequence "
            "that prompts could join; use mode full or frozen, or a ViT model"
        )
    return backbone.tokens
