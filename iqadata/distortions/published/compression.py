"""Compression: an image through a real encoder and decoder."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, to_bytes
from exiqa.iqadata.distortions.published.noise import white_noise

_PUBLISHED_BYTES = 512 * 384 * 3
"""Raw bytes of the size that ratios are defined at: KADID-10k's and TID2013's own."""
_HEADER_BYTES = 240
"""What a JPEG 2000 file holds before its first coefficient: boxes and markers, of any size of image about the same."""


def encode_jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """(H, W, 3) uint8 -> a baseline JPEG file: libjpeg's tables for `quality` (1 to 100), colour at half resolution."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality, subsampling="4:2:0")
    return stream.getvalue()


def encode_jpeg2000(pixels: np.ndarray, ratio: float, *, boxes: bool = True, block: int = 64) -> bytes:
    """(H, W, 3) uint8 -> a JPEG 2000 file about 1/`ratio` of the raw size (9/7 wavelet); a ratio of 1 is lossless.

    As any usual encoder does, it codes luma and colour differences, not R, G and B. The ratio is that of a 512×384
    image. Another size gets the same bytes a pixel for its coefficients, beside headers, which do not shrink with
    the image and would otherwise take all of a small one's budget. Without `boxes` it is the bare code stream.
    `block`: side of the code blocks, a power of two from 4 to 64.
    """
    ratio = _ratio_at(pixels.size, ratio)
    # OpenJPEG refuses more resolutions than the image can be halved; six is its default.
    resolutions = min(6, min(pixels.shape[:2]).bit_length())
    stream = io.BytesIO()
    Image.fromarray(pixels).save(
        stream,
        "JPEG2000",
        no_jp2=not boxes,
        num_resolutions=resolutions,
        irreversible=ratio > 1,
        quality_mode="rates",
        quality_layers=[ratio] if ratio > 1 else [0],
        mct=1,
        codeblock_size=(block, block),
    )
    return stream.getvalue()


def _ratio_at(size: int, ratio: float) -> float:
    """The ratio that gives `size` raw bytes the share for coefficients that `ratio` gives a 512×384 image, ≥ 1."""
    if ratio <= 1 or size == _PUBLISHED_BYTES:
        return ratio
    coefficients = max(_PUBLISHED_BYTES / ratio - _HEADER_BYTES, 0) / _PUBLISHED_BYTES
    return max(1.0, size / (coefficients * size + _HEADER_BYTES))


def decode(data: bytes) -> np.ndarray:
    """A JPEG or JPEG 2000 file's bytes -> (H, W, 3) uint8."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "JPEG2000")) as picture:
        return np.asarray(picture.convert("RGB"))


def jpeg(image: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG at libjpeg `quality` (1 to 100). At 100 only rounding and half-resolution colour remain.

    KADID-10k type 10, TID2013 type 10, CSIQ jpeg, LIVE jpeg.
    """
    return from_bytes(decode(encode_jpeg(to_bytes(image), int(quality))))


def jpeg2000(image: np.ndarray, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG 2000 at 1/`ratio` of the raw size. No change beyond 8-bit rounding at 1, which is lossless.

    KADID-10k type 9, TID2013 type 11, CSIQ jpeg2000, LIVE jp2k. The encoder is OpenJPEG, the original's is MATLAB's.
    """
    return from_bytes(decode(encode_jpeg2000(to_bytes(image), ratio)))


def noisy_compression(image: np.ndarray, variance: float, rng: np.random.Generator) -> np.ndarray:
    """Add N(0, `variance`) noise, then JPEG with quantisation steps that follow the noise. 0 leaves the image as is.

    TID2013 type 21, whose coder (a DCT coder with one step) and step are replaced: here libjpeg's table for
    quality 50, whose first step is 16 grey levels, is scaled so that this step is 3.5 standard deviations.
    """
    if variance <= 0:
        return image.copy()
    scale = 100 * 3.5 * 255 * math.sqrt(variance) / 16
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    noisy = to_bytes(white_noise(image, variance, rng))
    return from_bytes(decode(encode_jpeg(noisy, max(1, round(quality)))))
