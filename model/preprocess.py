"""From a photo to the crops a tower sees, by name.

`native` keeps the photo's own pixels, because resizing destroys what is to be measured (noise, blur, blocks):
one random crop of the tower's size to train, five fixed crops (the corners and the centre) to test.
`resize` shows the whole photo at the tower's size; it is the ablation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from bank.errors import UserError


@dataclass(frozen=True)
class Preprocessing:
    """How a photo becomes views. Photos are (H, W, 3) uint8 sRGB, views (V, S, S, 3) uint8."""

    name: str
    train_view: Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
    """photo, S, generator -> one (S, S, 3) view."""
    test_views: Callable[[np.ndarray, int], np.ndarray]
    """photo, S -> (V, S, S, 3)."""
    views: int
    """V: how many test views a photo has; P(a|I) is their mean."""


def as_rgb(image: np.ndarray) -> np.ndarray:
    """A grey (H, W) or (H, W, 1) photo as (H, W, 3); an RGB one as it is.

    Raises UserError for anything else than 8-bit pixels of one or three channels.
    """
    if image.ndim == 2:
        image = image[:, :, None]
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or 0 in image.shape:
        raise UserError(
            f"an image is an array of shape {image.shape} and type {image.dtype}; "
            "give (H, W, 3) uint8 pixels, as `iqadata.image_io.read_photo` returns them"
        )
    return np.broadcast_to(image, (*image.shape[:2], 3))


def at_least(image: np.ndarray, size: int) -> np.ndarray:
    """A photo smaller than a crop, continued by mirroring its borders to `size` (never enlarged by resampling)."""
    height, width = image.shape[:2]
    extra = (max(0, size - height), max(0, size - width))
    if extra == (0, 0):
        return image
    padding = [(extra[0] // 2, extra[0] - extra[0] // 2), (extra[1] // 2, extra[1] - extra[1] // 2), (0, 0)]
    return np.pad(image, padding, mode="symmetric")


def random_crop(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3): a native-resolution crop, every place equally likely."""
    image = at_least(as_rgb(image), size)
    top = rng.integers(image.shape[0] - size + 1)
    left = rng.integers(image.shape[1] - size + 1)
    return image[top : top + size, left : left + size]


def five_crops(image: np.ndarray, size: int) -> np.ndarray:
    """(5, size, size, 3): top left, top right, bottom left, bottom right, centre; they overlap in a small photo."""
    image = at_least(as_rgb(image), size)
    bottom, right = image.shape[0] - size, image.shape[1] - size
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    return np.stack([image[top : top + size, left : left + size] for top, left in places])


def whole(image: np.ndarray, size: int) -> np.ndarray:
    """(1, size, size, 3): the whole photo resampled to a square (bicubic, antialiased), its aspect ratio lost."""
    from PIL import Image

    resized = Image.fromarray(np.ascontiguousarray(as_rgb(image))).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(resized)[None]


PREPROCESSINGS: dict[str, Preprocessing] = {
    "native": Preprocessing("native", random_crop, five_crops, views=5),
    "resize": Preprocessing("resize", lambda image, size, rng: whole(image, size)[0], whole, views=1),
}


def to_pixels(views: np.ndarray) -> Tensor:
    """(N, S, S, 3) uint8 views -> (N, 3, S, S) float32 pixels in [0, 1]: what `AttributeModel` takes."""
    return torch.from_numpy(np.ascontiguousarray(views)).permute(0, 3, 1, 2).float().div_(255)
