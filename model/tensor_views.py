"""The test views of `exiqa.model.preprocess`, of tensors: what gradients reach a photo's pixels through."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from exiqa.model.preprocess import PREPROCESSINGS, mirrored_border


def tensor_views(images: Tensor, preprocessing: str, size: int) -> Tensor:
    """The test views of photos of one size.

    `native` and `grid` cut out the same pixels as for 8-bit photos. `resize` resamples by torch's antialiased bicubic
    filter without rounding to 8 bits, where that for 8-bit photos is Pillow's: a pixel differs by up to about 1/255.

    Args:
        images: (N, 3, H, W) RGB in [0, 1].
        preprocessing: A name of `PREPROCESSINGS`.
        size: S, the side of a view in pixels.

    Returns:
        (N, V, 3, S, S), differentiable with respect to the images.
    """
    places = PREPROCESSINGS[preprocessing].places
    if places is None:
        resized = torch.nn.functional.interpolate(images, (size, size), mode="bicubic", antialias=True)
        return resized.clamp(0, 1)[:, None]
    for axis in (2, 3):
        images = _mirrored(images, axis, size)
    corners = places(images.shape[2], images.shape[3], size)
    return torch.stack([images[:, :, top : top + size, left : left + size] for top, left in corners], dim=1)


def _mirrored(images: Tensor, axis: int, size: int) -> Tensor:
    """An axis that is shorter than a view, continued by mirroring with the border pixel included."""
    side = images.shape[axis]
    if side >= size:
        return images
    source = np.pad(np.arange(side), mirrored_border(side, size), mode="symmetric")
    return images.index_select(axis, torch.from_numpy(source).to(images.device))
