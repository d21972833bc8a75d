"""Reading any photo into one form, and writing it without loss."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from exiqa.core.errors import UserError
from exiqa.core.files import write_bytes

MAX_PIXELS = 89_478_485
"""Images larger than this (Pillow's own limit, 256 MiB of RGB) are refused as decompression bombs."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "JPEG2000")
"""The only decoders that a file is ever given to (JPEG's also reads the MPO files of cameras, PPM's also PGM and PBM).

A file's name says nothing about its content, and Pillow would hand PostScript to Ghostscript, which runs it.
"""

LOSSLESS_SUFFIXES = (".bmp", ".png", ".tif", ".tiff")
"""What `write_photo` writes."""

# What Pillow's decoders raise on damaged files.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)


def read_photo(path: Path | str) -> np.ndarray:
    """Read an image file as (H, W, 3) uint8 sRGB.

    EXIF rotation is applied; grey, palette and CMYK become RGB; 16 bits become 8 by rounding (Pillow cuts 16-bit
    colour PNGs to 8); transparency is laid over white; of an animation the first frame is taken. Embedded colour
    profiles are ignored, as by every reader that the field's published scores were computed with.

    Raises:
        UserError: The file is not a whole image: it is missing, unreadable, empty, truncated or damaged, a folder, a
            loop of links, has more than `MAX_PIXELS` pixels, or floating-point pixels.
    """
    path = Path(path)
    with _opened_picture(path) as picture:
        return _decode(picture, path)


def photo_size(path: Path | str) -> tuple[int, int]:
    """(height, width) that an image file says it has, as it is stored: EXIF rotation is not applied.

    Reads the file's head only.

    Raises:
        UserError: As `read_photo` does, as far as the head shows what is wrong.
    """
    with _opened_picture(Path(path)) as picture:
        return picture.height, picture.width


@contextmanager
def _opened_picture(path: Path) -> Iterator[Image.Image]:
    """An image file, opened; everything that can be wrong with it, also while it is decoded, is a UserError."""
    try:
        status = path.stat()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    if stat.S_ISDIR(status.st_mode):
        raise UserError(f"{path} is a folder, not an image; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path} is not a regular file, so it is no image")
    if status.st_size == 0:
        raise UserError(f"{path} is empty (0 bytes); copy it again")
    try:
        # The limit is checked below; the warning would say the same on stderr.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with path.open("rb") as stream, Image.open(stream, formats=FORMATS) as picture:
                yield picture
    except PermissionError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UnidentifiedImageError:
        raise UserError(f"{path} is not an image in a format that can be read ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError:
        raise UserError(_too_large(path)) from None
    except (*_DAMAGE, struct.error, zlib.error) as error:
        raise UserError(f"{path} is damaged or cut short ({error}); copy it again") from None


def write_photo(path: Path, pixels: np.ndarray) -> None:
    """Write (H, W, 3) uint8 pixels to a file without loss, atomically.

    Raises:
        UserError: The file name's suffix stands for no format in `LOSSLESS_SUFFIXES`: a distorted image must not be
            compressed on top.
    """
    if path.suffix.lower() not in LOSSLESS_SUFFIXES:
        raise UserError(f"{path} would not keep every pixel; end the name in {', '.join(LOSSLESS_SUFFIXES)}")
    # Encoded in memory first: where the disk is full, Pillow's own message does not say so.
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, Image.registered_extensions()[path.suffix.lower()])
    write_bytes(path, stream.getvalue())


def _too_large(path: Path) -> str:
    return f"{path} has more than {MAX_PIXELS // 10**6} million pixels; scale it down first"


def _decode(picture: Image.Image, path: Path) -> np.ndarray:
    if picture.width * picture.height > MAX_PIXELS:
        raise UserError(_too_large(path))
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):
        gray = _sixteen_to_eight(np.asarray(upright), path)
        return np.repeat(gray[..., None], 3, axis=2)
    if upright.mode == "F":
        raise UserError(f"{path} holds floating-point pixels, whose range is unknown; convert it to 8 or 16 bits")
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        upright = Image.alpha_composite(white, rgba)
    return np.array(upright.convert("RGB"))


def _sixteen_to_eight(values: np.ndarray, path: Path) -> np.ndarray:
    """(H, W) integers in [0, 65535] -> uint8, rounded.

    Raises:
        UserError: A value lies outside.
    """
    if values.min() < 0 or values.max() > 65535:
        raise UserError(f"{path} holds pixels beyond 16 bits; convert it to 8 or 16 bits")
    return np.rint(values / 257).astype(np.uint8)
