"""The tokens of open_clip's vision transformer, which is wrapped and never forked.

Where prompts enter: after the tower's positional embedding and `ln_pre`, that is, right at the input of the first
transformer block.

The seams of open_clip 3.3 relied on: `_embeds`, `transformer` (batch first) with its `resblocks`, `_pool`, `proj`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from open_clip.transformer import VisionTransformer

SEAMS = ("_embeds", "transformer", "_pool", "proj")


class ViTTokens:
    """`exiqa.model.backbones.backbone.VisualTokens` of open_clip's vision transformer: a class token, then patches."""

    before_patches = 1

    def __init__(self, visual: VisionTransformer) -> None:
        self._visual = visual
        self.width = int(visual.class_embedding.shape[0])
        self.patch = (int(visual.patch_size[0]), int(visual.patch_size[1]))
        self.grid = (int(visual.grid_size[0]), int(visual.grid_size[1]))

    @property
    def blocks(self) -> Sequence[nn.Module]:
        return self._visual.transformer.resblocks

    def embed(self, pixels: Tensor) -> Tensor:
        return self._visual._embeds(pixels)

    def pool(self, tokens: Tensor) -> Tensor:
        pooled, _ = self._visual._pool(tokens)
        return pooled if self._visual.proj is None else pooled @ self._visual.proj


def vit_tokens(visual: nn.Module) -> ViTTokens | None:
    """The tokens of an image tower; None where it is no vision transformer of open_clip.

    Raises:
        UserError: The tower is one of another version of open_clip.
    """
    from open_clip.transformer import VisionTransformer

    if not isinstance(visual, VisionTransformer):
        return None
    missing = [seam for seam in SEAMS if not hasattr(visual, seam)]
    if missing:
        raise UserError(
            f"this open_clip's VisionTransformer has no {missing[0]!r}, which the visual prompts rely on; "
            "install open_clip_torch 3.3"
        )
    return ViTTokens(visual)
