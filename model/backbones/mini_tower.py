"""The image tower of exiqa-mini: a small open_clip ViT with a stem of its own.

The stem takes the place of the ViT's linear patch embedding (`conv1`, same output shape). A distortion is a
change of local statistics: noise adds energy to fine detail, blur takes it away, JPEG leaves flat blocks. So the
stem gives each patch such statistics (`exiqa.model.backbones.patch_statistics`) and the logarithm of its detail
energy, by scale and colour, beside a few small convolutions, and the residual branches of the ViT start at zero: the
tower begins as little more than a linear model of those statistics, which learns from a few thousand crops what a
plain ViT needs hundreds of thousands for. Average pooling, because a distortion is everywhere and no token is special.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exiqa.model.backbones.patch_statistics import STATISTICS, patch_statistics

EMBED_DIM = 192
IMAGE_SIZE = 128
WIDTH = 192
PATCH = 16

VISION: dict[str, Any] = {
    "image_size": IMAGE_SIZE,
    "patch_size": PATCH,
    "width": WIDTH,
    "layers": 6,
    "head_width": 64,
    "pool_type": "avg",
}


class DetailEnergy(nn.Module):
    """(N, 3, S, S) -> (N, 2 filters, S/16, S/16): log energy of 3×3 detail filters at one scale.

    The photo is first averaged over scale × scale pixels. Per patch and filter, the logarithm of the mean and
    of the largest absolute response: the first says how much, both together whether it is sparse (impulses,
    edges) or everywhere (grain). The filters are learned; they start random, a quarter of them as differences
    between the colour channels, the others as zero-mean patterns, half of those without colour.
    """

    def __init__(self, filters: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.filters = nn.Conv2d(3, filters, 3, bias=False)
        colour = filters // 4
        grey = (filters - colour) // 2
        weight = torch.randn(filters, 3, 3, 3)
        weight[:grey] = weight[:grey, :1]
        weight -= weight.mean(dim=(2, 3), keepdim=True)
        plain = torch.randn(colour, 3, 1, 1)
        weight[filters - colour :] = plain - plain.mean(dim=1, keepdim=True)
        with torch.no_grad():
            self.filters.weight.copy_(weight / weight.flatten(1).norm(dim=1).view(-1, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        if self.scale > 1:
            x = F.avg_pool2d(x, self.scale)
        response = self.filters(F.pad(x, (1, 1, 1, 1), mode="replicate")).abs()
        window = PATCH // self.scale
        pooled = torch.cat([F.avg_pool2d(response, window), F.max_pool2d(response, window)], dim=1)
        return torch.log(pooled + 0.01) + 2  # 0.01 is below one grey level; + 2 centres it for ordinary photos


class Stem(nn.Module):
    """(N, 3, S, S) normalised pixels -> (N, width, S/16, S/16) patch embeddings."""

    def __init__(self, width: int) -> None:
        super().__init__()
        # Fewer filters at full resolution, where they cost most.
        self.energies = nn.ModuleList(DetailEnergy(filters, scale) for filters, scale in ((8, 1), (16, 2), (24, 4)))
        channels = [3, width // 8, width // 4, width // 2, width // 2]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
            layers += [convolution, nn.GELU()]
        self.convolutions = nn.Sequential(*layers)
        features = STATISTICS + 2 * (8 + 16 + 24) + channels[-1]
        self.mix = nn.Conv2d(features, width, 1)
        nn.init.normal_(self.mix.weight, std=features**-0.5)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            statistics = patch_statistics(x.float(), PATCH)
        energies = [energy(x) for energy in self.energies]
        return self.mix(torch.cat([statistics.to(x.dtype), *energies, self.convolutions(x)], dim=1))


def build_visual() -> nn.Module:
    """The image tower with random weights from torch's global generator."""
    from open_clip.model import _build_vision_tower

    visual = _build_vision_tower(EMBED_DIM, VISION)
    visual.conv1 = Stem(WIDTH)
    for block in visual.transformer.resblocks:
        nn.init.zeros_(block.attn.out_proj.weight)
        nn.init.zeros_(block.mlp.c_proj.weight)
    return visual.to(memory_format=torch.channels_last)
