"""What all sets of authentic photos have in common: photos with a score each, and nothing known of their faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems
from exiqa.iqadata.datasets.spec import DatasetProblem, Listing, PhotoFiles, Scale


def photo_listing(
    title: str,
    base: Path,
    folder: str,
    label_file: str,
    photos: pd.DataFrame,
    scale: Scale | None,
    *,
    images: int | None = None,
    dropped: Iterable[str] = (),
    ratings: pd.DataFrame | None = None,
    problems: Iterable[DatasetProblem] = (),
    notes: Iterable[str] = (),
) -> Listing:
    """The photos of one folder, each its own reference.

    Args:
        title: The dataset's name in messages.
        base: The folder that the label files lie in.
        folder: The photos' below it; "" where they lie in `base`.
        label_file: The labels' name in messages.
        photos: N rows of name (a path below the folder, whose case may differ on disk) and raw_score; of subset and
            side too, where the set has them.
        scale: Of the raw scores, which no label leaves; None where none is stated: the photos then have no scores.
        images: How many photos are published; None where that is not known, or a part will do.
        dropped: Photos of the folder that are no part of the set.
        ratings: As `Listing.ratings`.
        problems: Found so far.
        notes: As `Listing.notes`.

    Raises:
        UserError: The folder, or one below it, is missing.
    """
    names = photos["name"].tolist()
    table = pd.DataFrame(
        {
            "image": [f"{folder}/{name}" if folder else name for name in names],
            "distortion": "",
            "level": 0,
            "raw_score": photos["raw_score"].to_numpy(np.float64),
        }
    )
    table["reference"] = table["image"]
    for column in ("subset", "side"):
        if column in photos:
            table[column] = photos[column].to_numpy()
    all_problems = [*problems, *label_problems(table, label_file, images)]
    if scale is not None:
        all_problems += scale_problems(table, label_file, scale)
    files, missing = _files(title, base, folder, names, label_file, tuple(dropped))
    return Listing(
        taxonomy=load_taxonomy("authentic"),  # says which faults will be looked for; none is claimed
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(table["image"], files, strict=True))),
        files=tuple(base / file for file in dict.fromkeys(files) if file),
        scale=scale,
        problems=(*all_problems, *missing),
        notes=tuple(notes),
        distortions=(),
        ratings=ratings,
    )


def scale_problems(table: pd.DataFrame, label_file: str, scale: Scale) -> list[DatasetProblem]:
    """Scores that are missing, leave the scale or are all the same: one sentence each, however many photos it is of."""
    raw = table["raw_score"].to_numpy(np.float64)
    low, high = sorted((scale.worst, scale.best))
    absent = np.flatnonzero(np.isnan(raw))
    outside = np.flatnonzero((raw < low) | (raw > high))
    problems = []
    if len(absent):
        problems.append(
            f"{label_file} gives {len(absent)} of {len(raw)} photos no score, such as {table['image'][absent[0]]}"
        )
    if len(outside):
        problems.append(
            f"{label_file} gives {len(outside)} of {len(raw)} photos a score outside [{low:g}, {high:g}], such as "
            f"{table['image'][outside[0]]} with {raw[outside[0]]:g}: these are labels of another release or scale"
        )
    if len(raw) > 1 and np.ptp(raw) == 0:
        problems.append(f"{label_file} gives all {len(raw)} photos the score {raw[0]:g}")
    return [DatasetProblem("label", problem) for problem in problems]


def numbers_of(sheet: pd.DataFrame, column: str) -> np.ndarray:
    """A column as (N,) float64, NaN where it holds no number."""
    return pd.to_numeric(sheet[column], errors="coerce").to_numpy(np.float64)


def ratings_for(
    names: Iterable[str], stated: pd.DataFrame, columns: Mapping[str, str], label_file: str
) -> tuple[pd.DataFrame, list[DatasetProblem]]:
    """Ratings brought into the order of the photos.

    Args:
        names: The N photos.
        stated: Rows of name and the rated columns.
        columns: Rated column -> what it is called here.
        label_file: Its name in messages.

    Returns:
        N rows of float64, NaN where a photo was not rated; and the problems: photos that are not in the set or are
        rated twice.
    """
    keys = stated["name"].str.casefold()
    images = pd.Index([name.casefold() for name in names])
    problems = [
        DatasetProblem("label", f"{label_file} rates {name} twice") for name in stated["name"][keys.duplicated()]
    ]
    unknown = stated["name"][~keys.isin(images)]
    if len(unknown):
        text = f"{label_file} rates {len(unknown)} photos that are not in the set, such as {unknown.iloc[0]}"
        problems.append(DatasetProblem("label", text))
    values = {new: numbers_of(stated, column) for column, new in columns.items()}
    rated = pd.DataFrame(values, index=keys)
    return rated[~rated.index.duplicated()].reindex(images).reset_index(drop=True), problems


def need_columns(sheet: pd.DataFrame, columns: Iterable[str], title: str, path: Path) -> None:
    """
    Raises:
        UserError: A column is missing.
    """
    for column in columns:
        if column not in sheet.columns:
            there = ", ".join(str(name) for name in sheet.columns)
            raise UserError(f"{title}: {path} has no column {column!r}; it has {there}; get the original file")


def first_folder(base: Path, *names: str) -> str:
    """The first of the names that is a folder in `base`; the last where none is."""
    return next((name for name in names if (base / name).is_dir()), names[-1])


def _files(
    title: str, base: Path, folder: str, names: list[str], label_file: str, dropped: tuple[str, ...]
) -> tuple[list[str], list[DatasetProblem]]:
    """Per photo its path below `base` as it is spelt on disk, "" where there is none, and the problems."""
    files = [""] * len(names)
    problems: list[DatasetProblem] = []
    parents = [str(PurePosixPath(name).parent) for name in names]
    for parent in dict.fromkeys(parents):
        place = "/".join(part for part in (folder, parent) if part not in ("", "."))
        rows = [row for row, of in enumerate(parents) if of == parent]
        listed = [PurePosixPath(names[row]).name for row in rows]
        index = index_folder(title, base / place)
        paths, missing = locate(listed, index, place or ".", label_file)
        for row, path in zip(rows, paths, strict=True):
            files[row] = path.removeprefix("./")
        problems += [*missing, *unlabelled(index, [*listed, *dropped], place or ".", label_file)]
    return files, problems
