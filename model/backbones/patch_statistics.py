"""Statistics of a photo's patches that tell distortions apart: nothing in them is learned.

Most are those of the literature on blind quality: correlations of neighbouring residuals (Mittal, Moorthy, Bovik,
"No-reference image quality assessment in the spatial domain", TIP 2012), steps at the borders of JPEG's 8×8 blocks
(Wang, Sheikh, Bovik, "No-reference perceptual quality assessment of JPEG compressed images", ICIP 2002), kurtosis,
and histograms.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from exiqa.model.preprocess import BLOCK  # blocks are seen where a crop begins with one

STATISTICS = 42
"""How many statistics a patch has."""

BINS = 8
"""Of the brightness histogram."""
EDGE = 1.85
"""How far from mid-grey a channel counts as clipped."""
EQUAL = 60.0
"""Neighbours that differ by less than about 1 / EQUAL count as equal: one grey level of 255 is 4 / 255 here."""


def patch_statistics(x: Tensor, patch: int) -> Tensor:
    """Statistics of each patch, most about 1 in size.

    Args:
        x: (N, 3, S, S) float32 pixels in [-2, 2].
        patch: The side of a patch, in pixels; it divides S.

    Returns:
        (N, STATISTICS, S / patch, S / patch).
    """
    x = x.contiguous()  # channels-last is slower here, where channels are mostly taken one by one
    grey = x.mean(dim=1, keepdim=True)
    groups = (_brightness(x, grey, patch), _colour(x, patch), _steps(x, grey, patch), _residual(x, grey, patch),
              _texture(grey, patch))  # fmt: skip
    return torch.cat([statistic for group in groups for statistic in group], dim=1)


def _mean(values: Tensor, patch: int) -> Tensor:
    """`F.avg_pool2d`, which takes more than twice as long on a CPU."""
    channels, height, width = values.shape[1:]
    columns = values.reshape(-1, patch, width).sum(dim=1)
    return columns.reshape(-1, channels, height // patch, width // patch, patch).sum(dim=-1) / patch**2


def _fading(distance: Tensor) -> Tensor:
    """exp(-distance), never below e⁻³⁰: a CPU takes seven times as long where it comes too close to 0."""
    return torch.exp(-distance.clamp_max(30))


def _brightness(x: Tensor, grey: Tensor, patch: int) -> list[Tensor]:
    """Means, shares of clipped pixels, extremes, spread and histogram: for curves, shifts and changes of contrast."""
    clipped = torch.cat([torch.sigmoid((20 * (side - EDGE)).clamp_min(-30)) for side in (x, -x)], dim=1)
    variance = (_mean(x * x, patch) - _mean(x, patch).square()).clamp_min(0).mean(dim=1, keepdim=True)
    extremes = [F.max_pool2d(grey, patch), F.max_pool2d(-grey, patch)]
    centres = torch.linspace(-1.75, 1.75, BINS).tolist()
    histogram = [_mean(_fading(((grey - centre) / 0.3).square()), patch) for centre in centres]
    return [_mean(x, patch), _mean(clipped, patch), *extremes, 0.3 * torch.log(variance + 1e-3), *histogram]


def _colour(x: Tensor, patch: int) -> list[Tensor]:
    """Colourfulness, its mean and its largest, and the share of pixels without any."""
    colourfulness = x.amax(dim=1, keepdim=True) - x.amin(dim=1, keepdim=True)
    pooled = [_mean(colourfulness, patch), F.max_pool2d(colourfulness, patch)]
    return [*(torch.log(value + 0.02) for value in pooled), _mean(_fading(EQUAL * colourfulness), patch)]


def _steps(x: Tensor, grey: Tensor, patch: int) -> list[Tensor]:
    """Shares of equal neighbours (quantisation, large pixels), and how much steeper steps are between blocks."""
    across = F.pad((grey[..., 1:] - grey[..., :-1]).abs(), (1, 0, 0, 0), mode="replicate")
    down = F.pad((grey[..., 1:, :] - grey[..., :-1, :]).abs(), (0, 0, 1, 0), mode="replicate")
    equal = [_mean(_fading(EQUAL * step), patch) for step in (across, down, torch.maximum(across, down))]
    blocks = patch // BLOCK
    between = [
        F.avg_pool2d(across[..., ::BLOCK], (patch, blocks)),
        F.avg_pool2d(down[..., ::BLOCK, :], (blocks, patch)),
    ]
    everywhere = [_mean(across, patch), _mean(down, patch)]
    ratios = [torch.log((b + 0.01) / (e + 0.01)) for b, e in zip(between, everywhere, strict=True)]
    return [*equal, *ratios]


def _residual(x: Tensor, grey: Tensor, patch: int) -> list[Tensor]:
    """Of what a 3×3 mean takes away: correlation with its neighbours, kurtosis, growth with brightness (as
    multiplicative noise has it), correlation between the colour channels."""
    colours = x - F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    residual = colours.mean(dim=1, keepdim=True)
    energy = residual.square()
    power = _mean(energy, patch) + 1e-4
    neighbours = [_mean(residual * residual.roll(lag, dim), patch) / power for lag in (1, 2) for dim in (3, 2)]
    kurtosis = 0.5 * torch.log(_mean(energy.square(), patch) / power.square() + 0.1)
    growth = _mean(energy * grey, patch) / power - _mean(grey, patch)
    red, green, blue = colours.split(1, dim=1)
    powers = _mean(colours.square(), patch) + 1e-4
    channels = [
        _mean(other * green, patch) / (powers[:, [row]] * powers[:, [1]]).sqrt() for other, row in ((red, 0), (blue, 2))
    ]
    return [*neighbours, kurtosis, growth, *channels]


def _texture(grey: Tensor, patch: int) -> list[Tensor]:
    """Correlation of the brightness with itself, some pixels away: how far a blur reaches, and in which direction."""
    centred = grey - F.interpolate(_mean(grey, patch), scale_factor=patch, mode="nearest")
    variance = _mean(centred.square(), patch) + 1e-3
    return [_mean(centred * centred.roll(lag, dim), patch) / variance for lag in (2, 4, 7) for dim in (3, 2)]
