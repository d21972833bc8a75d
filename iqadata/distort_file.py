"""Distorting one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.image_io import read_photo, write_photo
from exiqa.iqadata.distortions.registry import DISTORTIONS, distort, is_approximate, parameter_of, table_of
from exiqa.iqadata.distortions.strength import strength
from exiqa.iqadata.gallery import number, psnr


@dataclass(frozen=True)
class Distorted:
    """What was done to a file."""

    path: Path
    distortion: str
    level: int
    dataset: str
    seed: int
    parameter: float
    strength: float
    magnitude: float
    psnr: float
    approximate: bool
    pixels_sha256: str
    """Of the (H, W, 3) uint8 bytes, row by row."""

    def to_json(self) -> dict[str, Any]:
        """Plain values; an infinite PSNR (nothing changed) is null."""
        return asdict(self) | {"path": str(self.path), "psnr": None if self.psnr == float("inf") else self.psnr}

    @property
    def sentence(self) -> str:
        change = "no pixel changed" if self.psnr == float("inf") else f"PSNR {self.psnr:.1f} dB"
        note = ", approximate" if self.approximate else ""
        whose = "" if table_of(self.dataset, self.distortion) is None else f" of {self.dataset}"
        return (
            f"{self.path}: {self.distortion}, level {self.level}{whose}{note} "
            f"({DISTORTIONS[self.distortion].parameter} {number(self.parameter)}; "
            f"strength {self.strength:.2f} by level, {self.magnitude:.2f} by magnitude), {change}"
        )


def distort_file(path: Path, distortion: str, level: int, dataset: str, seed: int, out: Path | None) -> Distorted:
    """Read a photo, distort it and write it without loss.

    Args:
        path: The photo.
        distortion: Its id, or `package.module:NAME` of a spec.
        level: From 1.
        dataset: Whose levels.
        seed: The same seed gives the same bytes.
        out: The file; by default PHOTO_DISTORTION_LEVEL.png in the current folder.

    Raises:
        UserError: The photo cannot be read; there is no such distortion, level or dataset; or `out` is the photo itself
            or names a lossy format.
    """
    parameter = parameter_of(dataset, distortion, level)
    out = out or Path(f"{path.stem}_{DISTORTIONS[distortion].id}_{level}.png")
    photo = read_photo(path)
    if out.exists() and out.samefile(path):
        raise UserError(f"{out} is the photo itself; give another file to --out")
    result = distort(photo, distortion, level, dataset, seed)
    write_photo(out, result)
    return Distorted(
        path=out,
        distortion=distortion,
        level=level,
        dataset=dataset,
        seed=seed,
        parameter=parameter,
        strength=strength(dataset, distortion, level),
        magnitude=strength(dataset, distortion, level, "magnitude"),
        psnr=psnr(photo, result),
        approximate=is_approximate(dataset, distortion),
        pixels_sha256=sha256_hex(result.tobytes()),
    )
