"""The photographs that the small backbone is pretrained on: which they are, and how one is read.

Those of photos.toml lie in Debian packages; those of biq2021.csv are a part of BIQ2021's third subset, which its
authors took from Unsplash, whose licence allows it: rated .70 to .85 by people, neither clipped nor soft. None is part
of this project.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, StringConstraints

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.image_io import read_photo

LONGER_SIDE = 1920
"""Pixels; larger photos are scaled down to this, which also averages the camera's noise away."""

Text = Annotated[str, StringConstraints(min_length=1)]


class ListedPhoto(BaseModel):
    """One photograph inside a Debian package: a row of `photos.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: Text
    version: Text
    path: Text
    """Relative to the folder that the package is extracted to, "/" between."""
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    """Of the file as it lies in the package."""
    licence: Text
    author: Text
    held_out: bool
    """It validates the pretraining and is never trained on."""

    @property
    def name(self) -> str:
        """`package__stem`, unique in the list.

        The stem is the file's, or the wallpaper folder's where the files are named by their size
        (`Kite/contents/images/2560x1600.jpg`).
        """
        path = PurePosixPath(self.path)
        stem = path.parts[-4] if path.parts[-3:-1] == ("contents", "images") else path.stem
        return f"{self.package}__{stem}"

    def file(self, root: Path) -> Path:
        """Where the photo lies; `root` holds the extracted packages, each in a folder of its own name."""
        return root / self.package / self.path


class AuthenticPhoto(BaseModel):
    """One photograph of BIQ2021: a row of `biq2021.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^ss03 \(\d+\)\.jpg$")]
    """Its file in the data set's folder `Images`."""
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    held_out: bool
    """It validates the pretraining and is never trained on."""

    def file(self, root: Path) -> Path:
        """Where the photo lies; `root` holds the data set in a folder `biq2021`."""
        return root / "biq2021" / "Images" / self.name


def load_photo_list() -> tuple[ListedPhoto, ...]:
    """Every photo of `photos.toml`, in the file's order."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tuple(ListedPhoto.model_validate(row) for row in tomllib.loads(text)["photo"])


def load_authentic_list() -> tuple[AuthenticPhoto, ...]:
    """Every photo of `biq2021.csv`, in the file's order."""
    with Path(__file__).with_name("biq2021.csv").open(encoding="utf-8", newline="") as file:
        return tuple(AuthenticPhoto.model_validate(row) for row in csv.DictReader(file))


def training_photos(root: Path) -> list[np.ndarray]:
    """The pixels of all photos that are trained on, as of `read_listed_photo` and `read_authentic_photo`."""
    listed = [read_listed_photo(photo, root) for photo in load_photo_list() if not photo.held_out]
    return listed + [read_authentic_photo(photo, root) for photo in load_authentic_list() if not photo.held_out]


def training_names() -> dict[str, list[str]]:
    """Of the photos that are trained on, the files' names of those that a data set has, by its id."""
    return {"biq2021": [photo.name for photo in load_authentic_list() if not photo.held_out]}


def read_listed_photo(photo: ListedPhoto, root: Path) -> np.ndarray:
    """The pixels of a photo on the list of packages.

    Args:
        photo: A row of the list.
        root: Holds the extracted packages: the file is `root/<package>/<path>`.

    Returns:
        (H, W, 3) uint8 sRGB, its longer side at most `LONGER_SIDE` pixels (Lanczos; never enlarged).

    Raises:
        UserError: It is missing, or is not the file that the list names.
    """
    path = photo.file(root)
    remedy = (
        f"run `apt-get download {photo.package}={photo.version}`, "
        f"then `dpkg-deb -x` on that file into {root / photo.package}"
    )
    _check(path, photo.sha256, f"the photo of {photo.package} {photo.version}", remedy)
    picture = Image.fromarray(read_photo(path))
    picture.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(picture)


def read_authentic_photo(photo: AuthenticPhoto, root: Path) -> np.ndarray:
    """(H, W, 3) uint8 sRGB: the pixels of a photo of BIQ2021, as they are.

    Raises:
        UserError: It is missing, or is not the file that the list names.
    """
    path = photo.file(root)
    remedy = f"put BIQ2021, which its authors give out, into {root / 'biq2021'} with its folder Images"
    _check(path, photo.sha256, "the photo of that name in BIQ2021", remedy)
    return read_photo(path)


def _check(path: Path, sha256: str, what: str, remedy: str) -> None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the photo {path} ({error.strerror}); {remedy}") from None
    if sha256_hex(data) != sha256:
        raise UserError(f"{path} is not {what}; {remedy}")
