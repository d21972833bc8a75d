"""The attribute explorer's images: what the model saw in one, kept in a file, so that a report needs no model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError

from exiqa.bench.explorer.photo_card import (
    AttributeLine,
    StrengthBar,
    attribute_lines,
    jpeg_thumbnail,
    strength_bars,
)
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex, write_bytes
from exiqa.core.schema_error import describe_schema_error
from exiqa.model.assessing.assessment import ScorePart

if TYPE_CHECKING:
    from exiqa.iqadata.datasets.dataset import Dataset
    from exiqa.model.assessing.assessor import Assessor

MAX_IMAGES = 50
"""Images on a page."""
FOLDER = "explorer"
"""The folder beside the records that holds the images."""

_SIDE = 256
_BYTES = 14_000
"""Of one picture: 50 images with two pictures each take at most 1.9 MB of base64."""
_ATTRIBUTES = 10
_PARTS = 8


@dataclass(frozen=True)
class ExplorerImage:
    """One image, and everything that the model said of it."""

    __pydantic_config__ = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    dataset: str
    image: str
    """The image's key in its data set."""
    caption: str
    """What was done to it, in words: "Gaussian blur, level 4"."""
    jpeg: bytes
    bars: tuple[StrengthBar, ...]
    """True and predicted strength of every distortion of the data set."""
    attributes: tuple[AttributeLine, ...]
    """The most probable attributes."""
    true_score: float | None
    """In [0, 1] nominally, higher is better, as is the next."""
    predicted_score: float | None
    score_name: str
    """Says "proxy" where it is one."""
    typical_score: float | None = None
    """Of an image whose attributes are all at their training mean: what the break-down starts from."""
    parts: tuple[ScorePart, ...] = ()
    """The attributes that move the score most."""
    other_parts: float = 0.0
    """What all other attributes add."""
    saliency: bytes | None = None
    """A JPEG: the photo in grey, and in colour where `saliency_of` is seen."""
    saliency_of: str = ""
    cell: str = ""
    """Id of the cell whose model this is; "" where it is not recorded."""


_ADAPTER = TypeAdapter(ExplorerImage)


def explore(assessor: Assessor, dataset: Dataset, row: int, cell: str = "") -> ExplorerImage:
    """What a tuned model says of one image of a data set: strengths, attributes, score break-down, saliency.

    The saliency is that of the true distortion where the image has one and the model's bank knows it, else of the
    strongest that was predicted.

    Args:
        assessor: The model.
        dataset: The image's data set.
        row: The image's row in it.
        cell: The id of the cell that the model was tuned for.
    """
    from exiqa.model.assessing.explain import explain

    pixels = dataset.load(row)
    photo = assessor.examine(pixels)
    assessment = photo.assessment
    known = {reading.id for reading in assessment.distortions}
    entry = dataset.table.iloc[row]
    distortion, level = str(entry["distortion"]), int(entry["level"])
    explanation = explain(assessor, photo, distortion if distortion in known else None)
    breakdown, info = explanation.breakdown, dataset.score_info
    score = float(entry["score"])
    return ExplorerImage(
        dataset=dataset.name,
        image=str(entry["image"]),
        caption=_caption(dataset, distortion, level),
        jpeg=jpeg_thumbnail(pixels, _SIDE, _BYTES),
        bars=strength_bars(dataset, row, assessment),
        attributes=attribute_lines(assessment, _ATTRIBUTES),
        true_score=None if score != score else score,
        predicted_score=assessment.score.value if assessment.score else None,
        score_name=info.name if info else "score",
        typical_score=breakdown.baseline if breakdown else None,
        parts=breakdown.parts[:_PARTS] if breakdown else (),
        other_parts=sum(part.contribution for part in breakdown.parts[_PARTS:]) if breakdown else 0.0,
        saliency=jpeg_thumbnail(explanation.overlay, _SIDE, _BYTES),
        saliency_of=explanation.saliency.name,
        cell=cell,
    )


def write_explorer(runs: Path, images: tuple[ExplorerImage, ...]) -> None:
    """Write images into `runs`/explorer, a JSON file each; one that is there of the same image is replaced."""
    for image in images:
        words = re.sub(r"[^a-z0-9]+", "-", f"{image.dataset}-{image.image}".casefold()).strip("-")[:80]
        stem = f"{words}-{sha256_hex(f'{image.dataset}/{image.image}')[:8]}"
        write_bytes(runs / FOLDER / f"{stem}.json", _ADAPTER.dump_json(image, indent=1) + b"\n")


def read_explorer(runs: Path) -> tuple[ExplorerImage, ...]:
    """The first `MAX_IMAGES` images of `runs`/explorer by file name; none where a run has kept none.

    Raises:
        UserError: A file is not such an image.
    """
    images = []
    for path in sorted((runs / FOLDER).glob("*.json"))[:MAX_IMAGES]:
        try:
            images.append(_ADAPTER.validate_json(path.read_bytes()))
        except ValidationError as error:
            reason = describe_schema_error(error, ExplorerImage)
            raise UserError(f"{path} is not an image of the attribute explorer: {reason}") from None
    return tuple(images)


def _caption(dataset: Dataset, distortion: str, level: int) -> str:
    if not distortion:
        return "undistorted"
    if distortion == "+":
        return "several distortions"
    name = dataset.taxonomy[distortion].name
    return f"{name}, level {level}" if level else name
