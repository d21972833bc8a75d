"""Transmission errors: a real compressed stream, damaged behind its headers and decoded all the same.

Headers, and of JPEG 2000 the first eighth of the data (its coarsest detail), are taken as protected, as transmission
systems protect them. How the datasets damaged their streams was not published, so these are stand-ins with the same
cause.

Error rates are those of a 512×384 image. In a smaller one the same number of errors meets a stream that is cut into as
many pieces, each of which one error can spoil: an error takes the same share of the picture at any size.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image
from scipy.special import erfc

from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, to_bytes
from exiqa.iqadata.distortions.published.compression import decode, encode_jpeg2000
from exiqa.iqadata.distortions.size import scale_of

_JPEG_QUALITY = 90
_JPEG_UNIT = 16
"""Side of the blocks that a JPEG of half-resolution colour is coded in."""
_JPEG_PIECES = 24
"""Restart markers: one each row of units at 512×384."""
_JPEG2000_RATIO = 6
# Without it, one early error leaves nothing of the picture at any level.
_PROTECTED = 1 / 8
_FADE_BITS = 256
_CODE_BLOCK = 64
"""Side of the JPEG 2000 code blocks at 512×384, the largest there are."""


def jpeg_transmission(image: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG (quality 90, a restart marker each row of 24) with a share `rate` of its entropy-coded bytes replaced.

    TID2013 type 12. 0 leaves the image as it is: it is not sent. Markers are never hit nor made, so damage ends
    at the next one. With one seed, the bytes hit at a lower rate are also hit at a higher one. An image of another
    size than 512×384 has 24 markers as well, and the rate that makes as many errors.
    """
    if rate <= 0:
        return image.copy()
    height, width = image.shape[:2]
    units = -(-height // _JPEG_UNIT) * -(-width // _JPEG_UNIT)
    stream = io.BytesIO()
    Image.fromarray(to_bytes(image)).save(
        stream,
        "JPEG",
        quality=_JPEG_QUALITY,
        subsampling="4:2:0",
        restart_marker_blocks=-(-units // _JPEG_PIECES),
    )
    data = np.frombuffer(stream.getvalue(), np.uint8).copy()
    scan = _start_of_scan(data)
    order = rng.random(len(data))
    noise = rng.integers(0, 255, len(data), dtype=np.uint8)
    marker = data == 0xFF
    order[:scan] = np.inf
    order[marker] = np.inf
    order[1:][marker[:-1]] = np.inf
    hit = _first(order, rate / scale_of(image) ** 2)
    data[hit] = noise[hit]
    return from_bytes(decode(data.tobytes()))


def _start_of_scan(data: np.ndarray) -> int:
    """Where the entropy-coded bytes of a baseline JPEG begin: behind the SOS segment's own length."""
    position = data.tobytes().index(b"\xff\xda")
    return position + 2 + int(data[position + 2]) * 256 + int(data[position + 3])


def jpeg2000_transmission(image: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG 2000 (1/6 of the raw size) with a share `rate` of its bytes replaced.

    TID2013 type 13. 0 leaves the image as it is: it is not sent. With one seed, the bytes hit at a lower rate are
    also hit at a higher one.
    """
    if rate <= 0:
        return image.copy()
    block = _code_block(image)
    stream, start = _jpeg2000_stream(image, block)
    order = rng.random(len(stream))
    noise = rng.integers(1, 256, len(stream), dtype=np.uint8)
    order[:start] = np.inf
    hit = _first(order, rate * (_CODE_BLOCK / block) ** 2)
    errors = np.zeros(len(stream), np.uint8)
    errors[hit] = noise[hit]
    return _receive(stream, start, errors)


def _first(order: np.ndarray, rate: float) -> np.ndarray:
    """Indices of the share `rate` of the finite values that is lowest: that many, not on average, lest a level of a few
    errors has none in one image and twice as many in the next."""
    finite = int(np.isfinite(order).sum())
    return np.argsort(order)[: min(round(rate * finite), finite)]


def fast_fading(image: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """JPEG 2000 (1/6 of the raw size) sent over a fast-fading Rayleigh channel at a mean signal-to-noise of `snr` dB.

    LIVE fastfading. ∞ leaves the image as it is: it is not sent. Bits are sent as BPSK without error correction;
    every 256 bits meet one channel gain h ~ Exp(1) and are flipped with probability Q(√(2·h·snr)). LIVE's own
    channel had error correction, so its figures in dB are lower for the same damage.
    """
    if math.isinf(snr):
        return image.copy()
    block = _code_block(image)
    stream, start = _jpeg2000_stream(image, block)
    # At low error rates, 1/(4·snr) of the bits are flipped.
    snr -= 20 * math.log10(_CODE_BLOCK / block)
    return _receive(stream, start, np.packbits(fading_errors(len(stream) * 8, snr, rng)))


def fading_errors(bits: int, snr: float, rng: np.random.Generator) -> np.ndarray:
    """(bits,) bool: which bits the channel of `fast_fading` flips at a mean signal-to-noise ratio of `snr` dB."""
    gain = np.repeat(rng.exponential(size=-(-bits // _FADE_BITS)), _FADE_BITS)[:bits]
    return rng.random(bits) < 0.5 * erfc(np.sqrt(gain * 10 ** (snr / 10)))


def _code_block(image: np.ndarray) -> int:
    """Side of the JPEG 2000 code blocks, the pieces that errors spoil: 64 at 512×384 and above, 4 at least."""
    power = math.ceil(math.log2(_CODE_BLOCK * scale_of(image)))
    return 2 ** min(max(power, 2), 6)


def _jpeg2000_stream(image: np.ndarray, block: int) -> tuple[np.ndarray, int]:
    """The stream's bytes and where they can be hit: behind the start-of-data marker and the protected share."""
    data = encode_jpeg2000(to_bytes(image), _JPEG2000_RATIO, boxes=False, block=block)
    start = data.index(b"\xff\x93") + 2
    return np.frombuffer(data, np.uint8), start + int((len(data) - start) * _PROTECTED)


def _receive(stream: np.ndarray, start: int, errors: np.ndarray) -> np.ndarray:
    """Decode `stream` XOR `errors` (same length, uint8); errors before `start` and at the end marker do not count.

    A few damaged streams cannot be decoded at all. Then the last errors are taken back, first one, then two, four
    and so on, until one can be: an image always comes out.
    """
    hits = np.flatnonzero(errors)
    hits = hits[(hits >= start) & (hits < len(stream) - 2)]
    taken_back = 0
    while True:
        kept = hits[: len(hits) - taken_back]
        received = stream.copy()
        received[kept] ^= errors[kept]
        try:
            return from_bytes(decode(received.tobytes()))
        except (OSError, ValueError):
            if len(kept) == 0:
                raise
            taken_back = min(2 * taken_back or 1, len(hits))
