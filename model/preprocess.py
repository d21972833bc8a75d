"""From a photo to the crops a tower sees, by name.

`native` keeps the photo's own pixels, because resizing destroys what is to be measured (noise, blur, blocks):
one random crop of the tower's size to train, five fixed crops (the corners and the centre) to test.
`grid` does so too, but tests on crops that cover the photo, and puts all crops where JPEG's blocks begin.
`resize` shows the whole photo at the tower's size; it is the ablation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from exiqa.core.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 8
"""Pixels: the side of JPEG's blocks, whose grid begins in the photo's corner."""
GRID_SIDE = 8
"""The most crops of `grid` along one side of a photo: a large one is sampled, so that it does not take minutes."""


@dataclass(frozen=True)
class Preprocessing:
    """How a photo becomes views. Photos are (H, W, 3) uint8 sRGB, views (V, S, S, 3) uint8."""

    name: str
    train_view: Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
    """photo, S, generator -> one (S, S, 3) view."""
    test_views: Callable[[np.ndarray, int], np.ndarray]
    """photo, S -> (V, S, S, 3)."""
    views: int | None
    """V: how many test views a photo has; None where that grows with the photo. P(a|I) is their mean."""
    places: Callable[[int, int, int], list[tuple[int, int]]] | None = None
    """H, W, S of a photo no smaller than a crop -> (top, left) of each test view; None where views are no crops."""
    version: int = 1
    """To be raised whenever a view changes: what was computed from views is computed again."""

    def photos_a_batch(self, batch_size: int) -> int:
        """How many photos make about `batch_size` views (a 512×384 photo's where their number varies)."""
        return max(1, batch_size // (self.views or 12))


def as_rgb(image: np.ndarray) -> np.ndarray:
    """A grey (H, W) or (H, W, 1) photo as (H, W, 3); an RGB one as it is.

    Raises:
        UserError: Anything else than 8-bit pixels of one or three channels.
    """
    if image.ndim == 2:
        image = image[:, :, None]
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3) or 0 in image.shape:
        raise UserError(
            f"an image is an array of shape {image.shape} and type {image.dtype}; "
            "give (H, W, 3) uint8 pixels, as `exiqa.core.image_io.read_photo` returns them"
        )
    return np.broadcast_to(image, (*image.shape[:2], 3))


def mirror_pad(image: np.ndarray, size: int) -> np.ndarray:
    """A photo smaller than a crop, continued by mirroring its borders to `size` (never enlarged by resampling)."""
    height, width = image.shape[:2]
    if height >= size and width >= size:
        return image
    return np.pad(image, [mirrored_border(height, size), mirrored_border(width, size), (0, 0)], mode="symmetric")


def mirrored_border(side: int, size: int) -> tuple[int, int]:
    """How many pixels before and behind a side of a photo bring it to `size`; none where it is as long."""
    missing = max(0, size - side)
    return missing // 2, missing - missing // 2


def random_crop(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3): a native-resolution crop, every place equally likely."""
    image = mirror_pad(as_rgb(image), size)
    top = rng.integers(image.shape[0] - size + 1)
    left = rng.integers(image.shape[1] - size + 1)
    return image[top : top + size, left : left + size]


def five_places(height: int, width: int, size: int) -> list[tuple[int, int]]:
    """(top, left) of crops at top left, top right, bottom left, bottom right, centre; in a small photo they overlap."""
    bottom, right = height - size, width - size
    return [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]


def aligned_crop(image: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3): a native-resolution crop whose offset is a multiple of BLOCK, every one equally likely."""
    image = mirror_pad(as_rgb(image), size)
    top = BLOCK * rng.integers((image.shape[0] - size) // BLOCK + 1)
    left = BLOCK * rng.integers((image.shape[1] - size) // BLOCK + 1)
    return image[top : top + size, left : left + size]


def tile_places(height: int, width: int, size: int) -> list[tuple[int, int]]:
    """(top, left) of crops side by side over the whole photo, row by row.

    As few as cover it, evenly spread, at most GRID_SIDE a side (then with gaps between them); offsets are rounded
    down to multiples of BLOCK, so that up to BLOCK - 1 pixels stay unseen at the right and at the bottom.
    """
    return [(top, left) for top in _offsets(height, size) for left in _offsets(width, size)]


def crops_at(image: np.ndarray, size: int, places: Callable[[int, int, int], list[tuple[int, int]]]) -> np.ndarray:
    """(V, size, size, 3): native-resolution crops where `places`, of height, width and size, says."""
    image = mirror_pad(as_rgb(image), size)
    height, width = image.shape[:2]
    corners = places(height, width, size)
    return np.stack([image[top : top + size, left : left + size] for top, left in corners])


def _offsets(side: int, size: int) -> list[int]:
    count = min(-(-side // size), GRID_SIDE)
    return [place * (side - size) // max(1, count - 1) // BLOCK * BLOCK for place in range(count)]


def resize_square(image: np.ndarray, size: int) -> np.ndarray:
    """(1, size, size, 3): the whole photo resampled to a square (bicubic, antialiased), its aspect ratio lost."""
    from PIL import Image

    resized = Image.fromarray(np.ascontiguousarray(as_rgb(image))).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(resized)[None]


PREPROCESSINGS: dict[str, Preprocessing] = {
    "native": Preprocessing("native", random_crop, partial(crops_at, places=five_places), views=5, places=five_places),
    "grid": Preprocessing("grid", aligned_crop, partial(crops_at, places=tile_places), views=None, places=tile_places),
    "resize": Preprocessing("resize", lambda image, size, rng: resize_square(image, size)[0], resize_square, views=1),
}


def to_pixels(views: np.ndarray | Tensor) -> Tensor:
    """(N, S, S, 3) uint8 views -> (N, 3, S, S) float32 pixels in [0, 1], where the views are: for `AttributeModel`."""
    import torch  # here, since photos are also assessed without it

    if isinstance(views, np.ndarray):
        views = torch.from_numpy(np.ascontiguousarray(views))
    return views.permute(0, 3, 1, 2).float().div_(255)
