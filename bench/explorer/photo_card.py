"""A photo on a page: what is in it, what the model saw in it, and a small picture of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from exiqa.iqadata.datasets.dataset import Dataset
    from exiqa.model.assessing.assessment import Assessment


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


def strength_bars(dataset: Dataset, row: int, assessment: Assessment) -> tuple[StrengthBar, ...]:
    """True and predicted strength in one image of each distortion that the data set and the model's bank both have.

    Args:
        dataset: The image's data set, in whose order the distortions are.
        row: The image's row in it.
        assessment: What the model says of the image.
    """
    predicted = {reading.id: reading.strength for reading in assessment.distortions}
    return tuple(
        StrengthBar(dataset.taxonomy[distortion].name, float(dataset.strengths[row, column]), predicted[distortion])
        for column, distortion in enumerate(dataset.distortions)
        if distortion in predicted
    )


def attribute_lines(assessment: Assessment, count: int) -> tuple[AttributeLine, ...]:
    """The `count` most probable attributes, each once, with the distortions that it speaks for."""
    probability: dict[str, float] = {}
    speaks_for: dict[str, list[str]] = {}
    for reading in assessment.distortions:
        for attribute in reading.attributes:
            probability[attribute.phrase] = attribute.probability
            speaks_for.setdefault(attribute.phrase, []).append(reading.name)
    most = sorted(probability, key=lambda phrase: -probability[phrase])[:count]
    return tuple(AttributeLine(phrase, probability[phrase], tuple(speaks_for[phrase])) for phrase in most)


def jpeg_thumbnail(pixels: np.ndarray, side: int = 320, limit: int | None = None) -> bytes:
    """A small JPEG of quality 92 without chroma subsampling, so that it adds little to the distortion that is shown.

    Args:
        pixels: (H, W, 3) uint8 sRGB.
        side: Pixels of the longer side at most.
        limit: Bytes at most: first the quality falls, to 60 at the least, and then the size.
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
