"""Other implementations of KADID-10k's codecs (types 9 and 10)."""

from __future__ import annotations

import io

import cv2
import numpy as np
import scipy.fft
from PIL import Image

from exiqa.iqadata.distortions.numerics.colorspace import RGB_FROM_YCBCR, YCBCR_FROM_RGB, clip, from_bytes, to_bytes
from exiqa.iqadata.distortions.published.compression import decode
from exiqa.iqadata.distortions.variants.spec import Variant

_TILE = 64
_BLOCK = 16


def _through(image: np.ndarray, kind: str, **options: object) -> np.ndarray:
    """An image through one of Pillow's encoders and back."""
    stream = io.BytesIO()
    Image.fromarray(to_bytes(image)).save(stream, kind, **options)
    return from_bytes(decode(stream.getvalue()))


def _ratio(image: np.ndarray, ratio: float) -> list[float]:
    # As in `encode_jpeg2000`: a file of headers only is a grey area.
    return [min(ratio, max(1.0, image.size / 500))]


def jpeg2000_reversible(image: np.ndarray, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG 2000 at 1/`ratio` of the raw size with the reversible 5/3 wavelet, cut short. No change at 1."""
    if ratio <= 1:
        return image.copy()
    resolutions = min(6, min(image.shape[:2]).bit_length())
    options = {"quality_mode": "rates", "quality_layers": _ratio(image, ratio), "num_resolutions": resolutions}
    return _through(image, "JPEG2000", irreversible=False, **options)


def jpeg2000_tiled(image: np.ndarray, ratio: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG 2000 at 1/`ratio` of the raw size in tiles of 64×64 pixels, 9/7 wavelet: borders show. No change at 1.

    An image that is smaller than a tile is coded whole.
    """
    if ratio <= 1:
        return image.copy()
    height, width = image.shape[:2]
    options = {"quality_mode": "rates", "quality_layers": _ratio(image, ratio), "num_resolutions": 3}
    if min(height, width) < _TILE:
        options["num_resolutions"] = min(3, min(height, width).bit_length())
        return _through(image, "JPEG2000", irreversible=True, **options)
    return _through(image, "JPEG2000", irreversible=True, tile_size=(_TILE, _TILE), **options)


def jpeg_full_color(image: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG at libjpeg `quality` with colour at full resolution (4:4:4). At 100 only rounding remains."""
    return _through(image, "JPEG", quality=max(1, round(quality)), subsampling="4:4:4")


def jpeg_flat(image: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG with one quantiser step for all coefficients, 1 to 255, and colour at half resolution.

    At 1 only rounding and half-resolution colour remain.
    """
    table = [min(255, max(1, round(step)))] * 64
    return _through(image, "JPEG", qtables=[table, table], subsampling="4:2:0")


def large_blocks(image: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """Quantise the cosine coefficients of 16×16 blocks of YCbCr (BT.601) by `step` of the [0, 1] scale. No change at 0.

    Orthonormal transform; the colour differences are quantised twice as coarsely. The image is extended to whole blocks
    by repeating its border.
    """
    if step <= 0:
        return image.copy()
    height, width = image.shape[:2]
    padded = np.pad(image, ((0, -height % _BLOCK), (0, -width % _BLOCK), (0, 0)), mode="edge")
    planes = cv2.transform(padded, YCBCR_FROM_RGB.astype(np.float32))
    blocks = planes.reshape(padded.shape[0] // _BLOCK, _BLOCK, padded.shape[1] // _BLOCK, _BLOCK, 3)
    steps = np.float32(step) * np.array([1, 2, 2], np.float32)
    coefficients = scipy.fft.dctn(blocks, axes=(1, 3), norm="ortho")
    blocks = scipy.fft.idctn(np.rint(coefficients / steps) * steps, axes=(1, 3), norm="ortho")
    result = cv2.transform(blocks.reshape(padded.shape), RGB_FROM_YCBCR.astype(np.float32))
    return clip(np.ascontiguousarray(result[:height, :width]))


VARIANTS = (
    Variant("jpeg2000", "jpeg2000_reversible", jpeg2000_reversible, "compression ratio", 1, 3000, "5/3 wavelet"),
    Variant("jpeg2000", "jpeg2000_tiled", jpeg2000_tiled, "compression ratio", 1, 3000, "tiles of 64×64"),
    Variant("jpeg", "jpeg_full_color", jpeg_full_color, "quality", 100, 1, "4:4:4", tolerance=0.015, whole=True),
    Variant("jpeg", "jpeg_flat", jpeg_flat, "quantiser step", 1, 255, "a flat table", tolerance=0.015, whole=True),
    Variant("jpeg", "large_blocks", large_blocks, "quantiser step", 0, 20, "blocks of 16×16"),
)
