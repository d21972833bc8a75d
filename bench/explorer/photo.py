"""Photos on a page: what is in one, what was seen in it, and a small picture of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class StrengthBar:
    """One distortion of one photo."""

    distortion: str
    """Its name, as shown."""
    true: float
    """In [0, 1]."""
    predicted: float
    """In [0, 1]."""


@dataclass(frozen=True)
class AttributeLine:
    """One attribute of one photo."""

    phrase: str
    probability: float
    """P(a|I) in [0, 1] (Eq. 6)."""
    distortions: tuple[str, ...]
    """Names of the distortions it speaks for."""


@dataclass(frozen=True)
class PhotoCard:
    """A photo with what is in it and what was seen in it."""

    title: str
    alt: str
    """What the picture shows, for who cannot see it."""
    jpeg: bytes
    """The picture (see `jpeg_thumbnail`)."""
    bars: tuple[StrengthBar, ...]
    attributes: tuple[AttributeLine, ...] = ()
    """The break-down; empty leaves it out."""
    true_score: float | None = None
    """In [0, 1], higher is better."""
    predicted_score: float | None = None
    score_name: str = "score"
    """Says "proxy" where the true score is one."""


def jpeg_thumbnail(pixels: np.ndarray, side: int = 320, limit: int | None = None) -> bytes:
    """A JPEG of (H, W, 3) uint8 sRGB pixels, shrunk so that the longer side is at most `side` pixels.

    Quality 92 without chroma subsampling, so that what the thumbnail adds is small beside the distortion shown.
    With a `limit`, in bytes, first the quality falls, to 60 at the least, and then the size.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    for quality in (92, 85, 75, 60):
        # Not optimize=True: it needs room for the whole file at once, which Pillow sets too small for strong noise.
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality, subsampling=0)
        if limit is None or stream.tell() <= limit:
            return stream.getvalue()
    assert limit is not None
    return jpeg_thumbnail(pixels, side * 3 // 4, limit)
