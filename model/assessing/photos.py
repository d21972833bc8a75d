"""Photos as they are given: a file, a Pillow image or pixels; and the files that paths name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.image_io import read_photo
from exiqa.iqadata.photos import list_photos
from exiqa.model.preprocess import as_rgb

if TYPE_CHECKING:
    from PIL import Image

    Photo = Path | str | Image.Image | np.ndarray
    """A file, a Pillow image, or (H, W, 3), (H, W, 1) or (H, W) uint8 sRGB pixels."""

SMALLEST_SIDE = 8
"""Pixels; of a smaller picture nothing can be said."""


def read_pixels(image: Photo) -> np.ndarray:
    """(H, W, 3) uint8 sRGB pixels of a file, a Pillow image or an array; grey becomes RGB.

    Raises:
        UserError: A file that is not a whole image, or an array that is not 8-bit pixels.
    """
    if isinstance(image, Path | str):
        return _with_content(read_photo(image), str(image))
    if isinstance(image, np.ndarray):
        return _with_content(as_rgb(image), "the image")
    if image.mode not in ("L", "RGB"):
        raise UserError(f"a Pillow image has the mode {image.mode!r}; give its path, or convert it to RGB first")
    return _with_content(as_rgb(np.asarray(image)), "the image")


def _with_content(pixels: np.ndarray, name: str) -> np.ndarray:
    """The pixels, where there is something to judge in them.

    Raises:
        UserError: The picture is smaller than any detail, or of one colour.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UserError(f"{name} is too small to judge: {width}x{height} pixels, and {SMALLEST_SIDE} a side are needed")
    # A few pixels tell nearly every photo from an empty one.
    if (pixels[::16, ::16] == pixels[0, 0]).all() and (pixels == pixels[0, 0]).all():
        raise UserError(f"{name} is of one colour everywhere, so there is nothing to judge in it")
    return pixels


def find_photos(paths: Sequence[Path]) -> list[Path]:
    """The files named, and all photos in and below the folders named, in order.

    Nothing is left out because it cannot be read, or is not there: who reads it finds that out and says so.

    Raises:
        UserError: A folder has no photos.
    """
    return [
        file for path in paths for file in ([path / name for name in list_photos(path)] if path.is_dir() else [path])
    ]
