"""Visual prompts (Eqs. 3-5) around open_clip's vision transformer, which is wrapped and never forked.

Where they enter: after the tower's positional embedding and `ln_pre`, that is, right at the input of the first
transformer block; the prompts themselves carry no position. They follow the image's own tokens, as Eq. 3
writes it: [x, p1 … pn]. Self-attention does not see order beyond the positional embedding, so the place in the
sequence itself changes nothing. What leaves the last block at the prompts' places is dropped, so prompts never
reach the pooling.

The seams of open_clip 3.3 relied on: `_embeds`, `transformer` (batch first) with its `resblocks`, `_pool`,
`proj`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from open_clip.transformer import VisionTransformer

SEAMS = ("_embeds", "transformer", "_pool", "proj")


def check_takes_prompts(visual: nn.Module, spec: str) -> None:
    """Refuse a tower without a token sequence that prompts could join.

    Args:
        visual: The image tower.
        spec: Its backbone's, for the error.

    Raises:
        UserError: The tower is no vision transformer of open_clip, or one of another version.
    """
    from open_clip.transformer import VisionTransformer

    if not isinstance(visual, VisionTransformer):
        raise UserError(
            f"{spec} has a {type(visual).__name__} image tower, not open_clip's VisionTransformer, so it has no "
            "token sequence for prompts; use mode full or frozen, or a ViT model"
        )
    missing = [seam for seam in SEAMS if not hasattr(visual, seam)]
    if missing:
        raise UserError(
            f"this open_clip's VisionTransformer has no {missing[0]!r}, which the visual prompts rely on; "
            "install open_clip_torch 3.3"
        )


class PromptedTower(nn.Module):
    """A vision transformer with `length` learnable tokens at its input, or at the input of every layer."""

    def __init__(self, visual: VisionTransformer, length: int, deep: bool, generator: torch.Generator) -> None:
        """Tokens start uniform in ±sqrt(6 / (3 patch² + width)), as in Visual Prompt Tuning (Jia et al. 2022).

        Args:
            visual: open_clip's; wrapped, not copied.
            length: Number of tokens, per layer where `deep`.
            deep: Eqs. 4-5 instead of Eq. 3.
            generator: Draws the tokens.
        """
        super().__init__()
        self.visual = visual
        self.deep = deep
        width = visual.class_embedding.shape[0]
        patch = visual.patch_size[0] * visual.patch_size[1]
        layers = len(visual.transformer.resblocks) if deep else 1
        bound = math.sqrt(6 / (3 * patch + width))
        tokens = torch.empty(layers, length, width).uniform_(-bound, bound, generator=generator)
        self.prompts = nn.Parameter(tokens)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) normalised pixels -> (N, E) image embeddings, not normalised."""
        visual = self.visual
        x = visual._embeds(pixels)  # (N, H, W): class token and patches
        tokens = x.shape[1]
        if self.deep:
            for block, prompts in zip(visual.transformer.resblocks, self.prompts, strict=True):
                x = block(self._join(x, prompts))[:, :tokens]  # Eqs. 4-5
        else:
            x = visual.transformer(self._join(x, self.prompts[0]))[:, :tokens]  # Eq. 3
        pooled, _ = visual._pool(x)
        return pooled if visual.proj is None else pooled @ visual.proj

    @staticmethod
    def _join(x: Tensor, prompts: Tensor) -> Tensor:
        return torch.cat([x, prompts.to(x.dtype).expand(x.shape[0], -1, -1)], dim=1)  # (N, H + n, W)
