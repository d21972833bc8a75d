"""exiqa-mini: this project's own small CLIP. A small open_clip ViT with a convolutional stem, and MiniLM for text.

The stem takes the place of the ViT's linear patch embedding (`conv1`, same output shape), which learned
markedly faster in trials: noise, blocks and blur are local patterns that a stack of small convolutions finds
after a few thousand crops. Average pooling, because a distortion is everywhere and no token is special.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

SPEC = "exiqa-mini"
MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
EMBED_DIM = 192
TEXT_WIDTH = 384
IMAGE_SIZE = 128
WIDTH = 192
LOGIT_SCALE = 1 / 0.07
"""What CLIP starts from (Radford et al. 2021)."""

VISION: dict[str, Any] = {
    "image_size": IMAGE_SIZE,
    "patch_size": 16,
    "width": WIDTH,
    "layers": 6,
    "head_width": 64,
    "pool_type": "avg",
}


class ConvStem(nn.Module):
    """(N, 3, S, S) -> (N, width, S/16, S/16): four convolutions of stride 2, each 3×3 with GELU, then 1×1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels = [3, width // 8, width // 4, width // 2, width]
        layers: list[nn.Module] = []
        for narrow, wide in pairwise(channels):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.GELU()]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, width, 1))
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def build_visual() -> nn.Module:
    """The image tower with random weights from torch's global generator."""
    from open_clip.model import _build_vision_tower

    visual = _build_vision_tower(EMBED_DIM, VISION)
    visual.conv1 = ConvStem(WIDTH)
    return visual.to(memory_format=torch.channels_last)
