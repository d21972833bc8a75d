"""What one worker does for the multi-distortion set: read a photo, render its recipes, write self-certifying PNGs."""

from __future__ import annotations

import ctypes
import errno
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, sha256_file, sha256_hex
from exiqa.iqadata.synthesis.recipe import Recipe, render_recipe

MIN_SIDE = 32
"""Photos with a shorter side are refused: the distortions are defined from here up."""

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3

_RECIPE_KEY = "exiqa recipe sha256"
_PIXELS_KEY = "exiqa pixels sha256"


@dataclass(frozen=True)
class SkippedImage:
    """A photo that could not be used, or one image of it that could not be made."""

    source: str
    reason: str
    image: str = ""
    """The recipe's id; empty where the photo itself is at fault."""


@dataclass(frozen=True)
class RenderBatch:
    """Some recipes of one photo. Picklable and small: it travels to the worker, pixels do not."""

    pristine: Path
    images: Path
    dataset: str
    source: str
    recipes: tuple[Recipe, ...]


def image_path(images: Path, image: str) -> Path:
    """Where an image lies: folders of at most a thousand photos."""
    return images / image[:-6] / f"{image}.png"


def read_source(pristine: Path, recipe: Recipe) -> np.ndarray:
    """A recipe's photo: (H, W, 3) uint8 sRGB.

    Raises:
        UserError: The photo cannot be read, is smaller than `MIN_SIDE`, or is not the file the recipe was drawn for.
    """
    from exiqa.core.image_io import read_photo

    path = pristine / recipe.source
    pixels = read_photo(path)
    if recipe.source_sha256 is not None and sha256_file(path) != recipe.source_sha256:
        raise UserError(f"{path} has changed since the recipes were drawn; put the old file back")
    if min(pixels.shape[:2]) < MIN_SIDE:
        raise UserError(f"{path} is {pixels.shape[1]}x{pixels.shape[0]} pixels; at least {MIN_SIDE} a side are needed")
    return pixels


def render_batch(batch: RenderBatch) -> list[SkippedImage]:
    """Render and write a batch's images; what cannot be made is returned, what cannot be written is raised."""
    import cv2

    # One process a core is the parallelism; threads within would only contend.
    cv2.setNumThreads(1)
    _keep_freed_memory()
    try:
        pixels = read_source(batch.pristine, batch.recipes[0])
    except (UserError, MemoryError) as error:
        return [SkippedImage(batch.source, str(error) or "too large for this machine's memory")]
    problems = []
    for recipe in batch.recipes:
        try:
            image = render_recipe(pixels, recipe, batch.dataset)
        except Exception as error:  # one image that fails is reported with the others, it does not end the run
            problems.append(SkippedImage(batch.source, f"{type(error).__name__}: {error}", recipe.image))
            continue
        write_image(image_path(batch.images, recipe.image), image, recipe)
    return problems


def _keep_freed_memory() -> None:
    """Have this process keep the memory of arrays that it frees, for the next ones.

    By default glibc gives it back, and the system then has to find and clear every page again for the next array of
    the same size: a sixth of a worker's time, and time that workers cannot spend side by side. Elsewhere than on
    glibc nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        mallopt(_M_TRIM_THRESHOLD, 256 << 20)


def probe_photo(batch: RenderBatch) -> list[SkippedImage]:
    """Only read a batch's photo, as `render_batch` would."""
    try:
        read_source(batch.pristine, batch.recipes[0])
    except (UserError, MemoryError) as error:
        return [SkippedImage(batch.source, str(error) or "too large for this machine's memory")]
    return []


def pixels_hash(pixels: np.ndarray) -> str:
    """SHA-256 of an image's shape and (H, W, 3) uint8 pixels, 64 hex digits."""
    return sha256_hex(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes())


def write_image(path: Path, pixels: np.ndarray, recipe: Recipe) -> None:
    """Write (H, W, 3) uint8 pixels as a PNG that carries its recipe's hash and its own. The bytes repeat exactly.

    Raises:
        UserError: The file cannot be written, such as on a full disk.
    """
    from PIL import Image, PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text(_RECIPE_KEY, recipe.hash)
    text.add_text(_PIXELS_KEY, pixels_hash(pixels))
    try:
        with atomic_path(path) as temporary:
            # Run lengths only: distorted pixels repeat little else, and the search for it takes a third of the time.
            Image.fromarray(pixels).save(temporary, "PNG", compress_level=1, compress_type=zlib.Z_RLE, pnginfo=text)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror or error}; mend that and run the same command again to go on"
        ) from None


def verify_batch(batch: RenderBatch) -> list[tuple[str, str | None]]:
    """Each image of a batch with the hash of its pixels, or None where the file is not what its recipe wrote.

    A file stands if it decodes, carries its recipe's hash, and its pixels have the hash it carries.
    """
    from PIL import Image

    checked: list[tuple[str, str | None]] = []
    for recipe in batch.recipes:
        certified = None
        try:
            with Image.open(image_path(batch.images, recipe.image), formats=("PNG",)) as picture:
                picture.load()
                text = getattr(picture, "text", {})
                digest = pixels_hash(np.asarray(picture))
            if text.get(_RECIPE_KEY) == recipe.hash and text.get(_PIXELS_KEY) == digest:
                certified = digest
        except (OSError, SyntaxError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
                raise
        checked.append((recipe.image, certified))
    return checked


def make_batches(recipes: Sequence[Recipe], pristine: Path, images: Path, dataset: str, size: int) -> list[RenderBatch]:
    """The recipes of one photo each, in batches.

    Args:
        recipes: In order; those of one photo stand together.
        pristine: Folder of the photos.
        images: Folder of the images.
        dataset: Whose level tables the recipes mean.
        size: At most so many recipes a batch.
    """
    batches = []
    start = 0
    for end in range(1, len(recipes) + 1):
        last = end == len(recipes) or recipes[end].source != recipes[start].source
        if last or end - start == size:
            batches.append(RenderBatch(pristine, images, dataset, recipes[start].source, tuple(recipes[start:end])))
            start = end
    return batches
