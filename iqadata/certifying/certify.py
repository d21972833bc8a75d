"""The certificate: this package's KADID-10k distortions beside the authors' own generator, figure by figure.

The authors' side is a folder of golden figures: their generator was run on a few photos, and what it gave was measured.
A type without randomness is compared on all photos, a random one on those for which their generator was fed with this
package's random numbers, so that every output can be compared with one output.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.image_io import read_photo
from exiqa.core.progress import Step
from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.distortions.registry import distort, parameter_of
from exiqa.iqadata.gallery import psnr

DATASET = "kadid10k"
AGREED_DB = 60.0
"""Two outputs agree from this PSNR between them on: a root mean square difference of a quarter of a grey level."""
AGREED_PSNR = 0.01
AGREED_GREY = 0.05
"""Without their pixels, outputs agree whose PSNR to the photo is within `AGREED_PSNR` dB, and whose means, standard
deviations and mean absolute difference from the photo are within `AGREED_GREY` grey levels of 255."""

GOLDEN = "golden.csv"
MATCHED = "golden_matched.csv"
CROPS = "crops"
IMAGES = "images"
WINDOW = (slice(96, 288), slice(128, 384))
"""Which part of their output the files in `images/` show."""

CAUSES = {
    "color_quantization": "the palette: MATLAB's minimum-variance boxes are closed, here it is a k-means",
}
"""What the difference comes from, for the types that do not agree."""
NOT_COMPARED = {
    "denoise": "the authors' denoiser is MATLAB's DnCNN network, which could not be run; here it is non-local means",
}
"""The types that the golden figures leave out."""

_FIGURES = ("mean_r", "mean_g", "mean_b", "std_r", "std_g", "std_b", "mad")


@dataclass(frozen=True)
class Golden:
    """What the authors' generator made of one photo at one level."""

    photo: str
    code: int
    """KADID-10k's number of the type."""
    distortion: str
    level: int
    sha256: str
    """Of the (H, W, 3) uint8 bytes."""
    psnr: float
    """To the photo, in dB over all values; ∞ where nothing changed."""
    random: bool
    """Drawn with this package's random numbers of seed 0 (`golden_matched.csv`)."""
    figures: tuple[float, ...]
    """Means and standard deviations of red, green and blue, and the mean absolute difference from the photo; of 255."""


@dataclass(frozen=True)
class CertificateRow:
    """One level of one type."""

    code: int
    distortion: str
    level: int
    parameter: float
    photos: int
    same_bytes: int
    """Photos whose outputs are equal byte for byte."""
    ours: float
    """PSNR of this package's output to the photo, in dB, the median over photos; ∞ where nothing changed."""
    authors: float
    """The same of the authors' output."""
    difference: float
    """The largest difference between the two on one photo, in dB."""
    grey: float
    """The largest difference of a mean, a standard deviation or the mean absolute difference, in grey levels."""
    between: float | None
    """PSNR between the outputs in dB, where some of their pixels are there; ∞ where they are equal."""

    @property
    def agrees(self) -> bool:
        """Whether the outputs are the same to `AGREED_DB`, by bytes, by pixels and by figures."""
        if self.same_bytes == self.photos:
            return True
        close = self.difference <= AGREED_PSNR and self.grey <= AGREED_GREY
        return close and (self.between is None or self.between >= AGREED_DB)

    @property
    def cause(self) -> str:
        """Where outputs do not agree, why; else empty."""
        return "" if self.agrees else CAUSES.get(self.distortion, "unknown")

    def to_json(self) -> dict[str, Any]:
        """Plain values; an infinite PSNR is null, and so is one that cannot be had."""
        numbers = {name: getattr(self, name) for name in ("ours", "authors", "difference", "grey", "between")}
        return {
            "type": self.code,
            "distortion": self.distortion,
            "level": self.level,
            "parameter": self.parameter,
            "photos": self.photos,
            "same_bytes": self.same_bytes,
            **{key: value if value is not None and math.isfinite(value) else None for key, value in numbers.items()},
            "agrees": self.agrees,
            "cause": self.cause,
        }


def certify(folder: Path, step: Step = lambda done, total: None) -> tuple[CertificateRow, ...]:
    """Compare every level of every type that there are golden figures of, in KADID-10k's order.

    Args:
        folder: golden.csv, golden_matched.csv, crops/PHOTO.png and images/PHOTO_TYPE_LEVEL.webp (which may be missing).
        step: Told (done, total) levels.

    Raises:
        UserError: Something else is missing or is not what it should be.
    """
    golden = read_golden(folder)
    photos = {photo: _crop(folder, photo) for photo in sorted({row.photo for row in golden})}
    groups: dict[tuple[str, int], list[Golden]] = {}
    for row in golden:
        groups.setdefault((row.distortion, row.level), []).append(row)
    rows = []
    for done, (_, group) in enumerate(sorted(groups.items(), key=lambda item: (item[1][0].code, item[0][1])), start=1):
        rows.append(_compare(folder, group, photos))
        step(done, len(groups))
    return tuple(rows)


def read_golden(folder: Path) -> tuple[Golden, ...]:
    """The rows to compare with: matched draws for the random types, all photos for the others.

    Raises:
        UserError: A table is missing or damaged, or has distortions or levels that KADID-10k does not have.
    """
    matched = _read_table(folder / MATCHED, random=True)
    drawn = {row.distortion for row in matched}
    fixed = [row for row in _read_table(folder / GOLDEN, random=False) if row.distortion not in drawn]
    for row in (*fixed, *matched):
        parameter_of(DATASET, row.distortion, row.level)
    return (*fixed, *matched)


def _read_table(path: Path, random: bool) -> list[Golden]:
    if not path.is_file():
        raise UserError(f"there is no {path}; give the folder of the generator's golden figures")
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [
                Golden(
                    photo=row["photo"],
                    code=int(row["type"]),
                    distortion=row["id"],
                    level=int(row["level"]),
                    sha256=row["sha256"],
                    psnr=float(row["psnr"]),
                    random=random,
                    figures=tuple(float(row[name]) for name in _FIGURES),
                )
                for row in csv.DictReader(stream)
            ]
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is not a table of golden figures ({error}); copy it again") from None


def _crop(folder: Path, photo: str) -> np.ndarray:
    path = folder / CROPS / f"{photo}.png"
    if not path.is_file():
        raise UserError(f"{folder} has golden figures of photo {photo} and no {CROPS}/{photo}.png; copy the photo too")
    return read_photo(path)


def _compare(folder: Path, group: Sequence[Golden], photos: dict[str, np.ndarray]) -> CertificateRow:
    first = group[0]
    same, ours, differences, greys, betweens = 0, [], [], [], []
    for row in group:
        photo = photos[row.photo]
        output = distort(photo, row.distortion, row.level, DATASET, seed=0)
        ours.append(psnr(photo, output))
        # ∞ less ∞ is no number, and no difference.
        differences.append(0.0 if ours[-1] == row.psnr else abs(ours[-1] - row.psnr))
        greys.append(max(abs(a - b) for a, b in zip(_figures(photo, output), row.figures, strict=True)))
        equal = sha256_hex(output.tobytes()) == row.sha256
        same += equal
        if equal:
            betweens.append(math.inf)
        elif (window := _window(folder, row)) is not None:
            betweens.append(psnr(window, output[WINDOW]))
    return CertificateRow(
        code=first.code,
        distortion=first.distortion,
        level=first.level,
        parameter=LEVELS[DATASET][first.distortion][first.level - 1],
        photos=len(group),
        same_bytes=same,
        ours=median(ours),
        authors=median(row.psnr for row in group),
        difference=max(differences),
        grey=max(greys),
        between=min(betweens, default=None),
    )


def _window(folder: Path, row: Golden) -> np.ndarray | None:
    """A part of the authors' output, (192, 256, 3) uint8, where the folder has it; of random types it has other draws.

    Raises:
        UserError: The file is not such a picture.
    """
    path = folder / IMAGES / f"{row.photo}_{row.code:02d}_{row.level}.webp"
    if row.random or not path.is_file():
        return None
    window = read_photo(path)
    if window.shape != (192, 256, 3):
        raise UserError(f"{path} is {window.shape[1]}x{window.shape[0]} pixels, not 256x192; copy it again")
    return window


def _figures(photo: np.ndarray, output: np.ndarray) -> tuple[float, ...]:
    values = output.astype(np.float64)
    mad = float(np.abs(values - photo).mean())
    return (*values.mean(axis=(0, 1)).tolist(), *values.std(axis=(0, 1)).tolist(), mad)
