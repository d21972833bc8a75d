"""Where pairs of a reference and its distorted picture come from: photos distorted here, a table of files, or a data
set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_file, sha256_hex
from exiqa.core.image_io import read_photo
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.spec import PhotoFiles
from exiqa.iqadata.distortions.registry import distort, level_table, own_versions
from exiqa.iqadata.photos import fit, list_photos, packaged_photos
from exiqa.iqadata.versions import PIXELS_VERSION

CAMERA_PHOTOS = ("astronaut", "chelsea", "china", "coffee", "flower", "motorcycle_left", "rocket")
"""The packaged photos that a camera took of things of this world."""

SIZE = (384, 512)
"""(height, width) at which photos are distorted: the data sets' own."""


@dataclass(frozen=True)
class PicturePair:
    """A reference and what a distortion made of it."""

    photo: str
    """Names the reference to people."""
    level: int
    key: str
    """Says everything that the two pictures' pixels depend on."""
    load: Callable[[], tuple[np.ndarray, np.ndarray]] = field(repr=False)
    """Reference and distorted picture, (H, W, 3) uint8 each."""

    @property
    def name(self) -> str:
        return f"{self.photo}, level {self.level}"


@dataclass(frozen=True)
class PairSource:
    """Pairs by distortion, each distortion's by photo and then by level."""

    description: str
    """In words, for the file that comes of it."""
    pairs: Mapping[str, tuple[PicturePair, ...]]
    missing: Mapping[str, str]
    """Distortion id -> why there are no pairs of it."""

    @property
    def hash(self) -> str:
        """SHA-256 of all keys."""
        return sha256_hex(canonical_json({name: [pair.key for pair in pairs] for name, pairs in self.pairs.items()}))


def distorted_photos(taxonomy: Taxonomy, distortions: tuple[str, ...], folder: Path | None = None) -> PairSource:
    """Photos, each distorted by every level that can be told apart.

    Args:
        taxonomy: Whose levels: those of the data set of its id, else each distortion's own.
        distortions: Ids of it; those that this package cannot make are missing, with the reason.
        folder: Photos to distort, fitted to `SIZE`; by default the packaged `CAMERA_PHOTOS`.

    Raises:
        UserError: The folder holds no photo.
    """
    photos = _photos(folder)
    table = level_table(taxonomy.id)
    pairs: dict[str, tuple[PicturePair, ...]] = {}
    missing = {}
    for distortion in distortions:
        try:
            levels = distinguishable_levels(table, distortion, *SIZE)
        except UserError:
            missing[distortion] = "no function of this name distorts pictures; give pairs of your own"
            continue
        version = own_versions([distortion]) or PIXELS_VERSION
        pairs[distortion] = tuple(
            PicturePair(
                name,
                level,
                sha256_hex(canonical_json([key, SIZE, table, distortion, level, version])),
                partial(_distorted, read, distortion, level, table),
            )
            for name, (key, read) in photos.items()
            for level in levels
        )
    whose = "packaged photos" if folder is None else "photos of the user's"
    description = f"{len(photos)} {whose} at {SIZE[1]}×{SIZE[0]}, with the levels of {table}"
    return PairSource(description, pairs, missing)


def table_pairs(file: Path, root: Path, distortions: tuple[str, ...]) -> PairSource:
    """Pairs that a CSV file lists: columns `distorted`, `reference`, `distortion` and, by choice, `level` (from 1).

    Args:
        file: The table.
        root: The folder that its paths lie below.
        distortions: The ids that pairs are wanted of.

    Raises:
        UserError: The table cannot be read, or a line of it is wrong; the sentence names the line.
    """
    from exiqa.iqadata.datasets.labels.checks import read_lines

    labels = read_lines(file, str(file))
    for column in ("distorted", "reference", "distortion"):
        if column not in labels:
            raise UserError(
                f"{file} has no column {column!r}; it needs distorted, reference, distortion, and may have level"
            )
    pairs: dict[str, list[PicturePair]] = {}
    for number, row in enumerate(labels.to_dict("records"), start=2):
        where = f"{file}, line {number}"
        if row["distortion"] not in distortions:
            raise UserError(f"{where}: the bank has no distortion {row['distortion']!r}")
        paths = root / str(row["reference"]), root / str(row["distorted"])
        for path in paths:
            if not path.is_file():
                raise UserError(f"{where}: there is no file {path}")
        level = str(row.get("level", "1"))
        if not level.isascii() or not level.isdigit() or not 1 <= int(level) <= 100:
            raise UserError(f"{where}: the level {level!r} is no whole number from 1 to 100")
        key = sha256_hex(canonical_json([sha256_file(path) for path in paths]))
        pairs.setdefault(row["distortion"], []).append(
            PicturePair(str(row["reference"]), int(level), key, partial(_read_pair, *paths))
        )
    missing = {each: f"{file.name} lists no pair of it" for each in distortions if each not in pairs}
    return PairSource(f"{len(labels)} pairs of {file.name}", {d: tuple(p) for d, p in pairs.items()}, missing)


def dataset_pairs(dataset: Dataset, distortions: tuple[str, ...]) -> PairSource:
    """The images of a data set that have one distortion, each beside its reference.

    Args:
        dataset: With references at hand.
        distortions: The ids that pairs are wanted of.

    Raises:
        UserError: The data set has no references at hand.
    """
    if not dataset.has_references:
        raise UserError(
            f"{dataset.name} has no references at hand, and what a distortion does is measured against them; ground on "
            "a data set with references, or on photos of your own with --photos"
        )
    pairs: dict[str, list[PicturePair]] = {}
    for row, image in enumerate(dataset.table.to_dict("records")):
        if image["distortion"] in distortions:
            reference = str(image["reference"])
            key = _image_key(dataset, reference, row)
            load = partial(_image_pair, dataset, reference, row)
            pairs.setdefault(image["distortion"], []).append(PicturePair(reference, int(image["level"]), key, load))
    missing = {each: f"{dataset.name} has no image of it" for each in distortions if each not in pairs}
    total = sum(map(len, pairs.values()))
    ordered = {d: tuple(sorted(found, key=lambda pair: (pair.photo, pair.level))) for d, found in pairs.items()}
    return PairSource(f"{total} images of {dataset.name}", ordered, missing)


def _photos(folder: Path | None) -> dict[str, tuple[str, Callable[[], np.ndarray]]]:
    """Name -> (what its pixels depend on, reader)."""
    if folder is None:
        readers = packaged_photos()
        return {name: (f"packaged {name}", readers[name]) for name in CAMERA_PHOTOS}
    names = list_photos(folder)
    if not names:
        raise UserError(f"{folder} holds no photo; give a folder with photos without visible faults")
    return {name: (sha256_file(folder / name), partial(read_photo, folder / name)) for name in names}


def _distorted(
    read: Callable[[], np.ndarray], distortion: str, level: int, table: str
) -> tuple[np.ndarray, np.ndarray]:
    reference = fit(read(), *SIZE)
    return reference, distort(reference, distortion, level, table)


def _image_key(dataset: Dataset, reference: str, row: int) -> str:
    """Of the files where the images are files, and of the pixels otherwise."""
    load = dataset.load
    if isinstance(load, PhotoFiles):
        files = load.root / load.references[reference], load.root / load.files[row]
        return sha256_hex(canonical_json([sha256_file(path) for path in files]))
    pair = _image_pair(dataset, reference, row)
    return sha256_hex(canonical_json([[pixels.shape, sha256_hex(pixels.tobytes())] for pixels in pair]))


def _image_pair(dataset: Dataset, reference: str, row: int) -> tuple[np.ndarray, np.ndarray]:
    return dataset.reference(reference), dataset.load(row)


def _read_pair(reference: Path, distorted: Path) -> tuple[np.ndarray, np.ndarray]:
    return read_photo(reference), read_photo(distorted)
