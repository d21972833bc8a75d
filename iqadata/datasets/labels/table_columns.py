"""The columns of a table of one's own images: which there are, and what is wrong in which line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import Taxonomy
from exiqa.iqadata.datasets.spec import DatasetProblem

COLUMNS = ("image", "reference", "distortion", "level", "strength", "score", "worst", "best")
"""Those that a table may have; only `image` is needed."""

OTHER_NAMES = {
    "image": ("img", "image name", "image path", "file", "filename", "file name", "path", "name", "photo", "dist img"),
    "reference": ("ref", "ref img", "source", "original", "pristine"),
    "distortion": ("type", "dist type", "distortion type"),
    "level": ("severity", "dist level"),
    "score": ("mos", "dmos", "zmos", "quality", "rating", "opinion", "mean opinion score", "label"),
}
"""Column -> what other tables call it."""


def nearest_column(name: str) -> str | None:
    """The column that another one most likely stands for: `mos` for `score`; None where none is near."""
    known = {column: column for column in COLUMNS}
    known |= {other: column for column, others in OTHER_NAMES.items() for other in others}
    near = get_close_matches(name.strip().casefold().replace("_", " "), known, n=1, cutoff=0.75)
    return known[near[0]] if near else None


def ignored_columns(columns: Iterable[str]) -> str | None:
    """The end of a sentence about the columns that a table has and nothing reads; None where there are none."""
    unknown = [column for column in columns if column not in COLUMNS]
    if not unknown:
        return None
    near = {column: nearest_column(column) for column in unknown}
    named = ", ".join(
        f"{column!r}" + (f" (the nearest is {near[column]!r})" if near[column] else "") for column in near
    )
    which = "the column" if len(unknown) == 1 else "the columns"
    return f"{which} {named} {'is' if len(unknown) == 1 else 'are'} ignored; known are {', '.join(COLUMNS)}"


def column_numbers(
    labels: pd.DataFrame, column: str, file: str, limits: tuple[float, float], hint: str = ""
) -> tuple[np.ndarray, list[DatasetProblem]]:
    """A text column as numbers, and its lines that hold none or one outside the limits.

    Args:
        labels: Text columns, indexed by line.
        column: One of them.
        file: Names the table in messages.
        limits: The lowest and the highest number.
        hint: What to do about all numbers outside at once; ends the sentence, which is then about the first of them.

    Returns:
        (N,) float64, NaN where a line holds nothing or no number; and the problems.
    """
    text = labels[column].str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    low, high = limits
    problems = []
    outside = (values < low) | (values > high)
    for line, stated, value in zip(labels.index, text, values, strict=True):
        if stated and np.isnan(value):
            problems.append(_problem(file, line, f"the {column} {stated!r} is no number"))
        elif stated and not low <= value <= high and not (hint and line > labels.index[outside][0]):
            of_many = f", one of {outside.sum()} that are" if hint and outside.sum() > 1 else ""
            end = f"is outside [{low:g}, {high:g}]{of_many}{hint}"
            problems.append(_problem(file, line, f"the {column} {stated} {end}"))
    return values, problems


def distortion_problems(labels: pd.DataFrame, taxonomy: Taxonomy | None, file: str) -> list[DatasetProblem]:
    """Lines whose distortion, level and strength do not fit together.

    Args:
        labels: Text columns, stripped, indexed by line; those of distortion, level and strength may be absent.
        taxonomy: Of the distortions; None where no line has one.
        file: Names the table in messages.
    """
    known = {distortion.id: distortion.levels for distortion in taxonomy.distortions} if taxonomy else {}
    empty = pd.Series("", index=labels.index)
    problems = []
    for line, distortion, level, strength in zip(
        labels.index, *(labels.get(column, empty) for column in ("distortion", "level", "strength")), strict=True
    ):
        if (wrong := _distortion_problem(distortion, level, strength, known, "strength" in labels)) is not None:
            problems.append(_problem(file, line, wrong))
    return problems


def _distortion_problem(
    distortion: str, level: str, strength: str, known: dict[str, int], by_strength: bool
) -> str | None:
    if not distortion:
        for name, stated in (("level", level), ("strength", strength)):
            if stated and _number(stated) != 0:
                return f"there is the {name} {stated} and no distortion"
        return None
    if distortion not in known:
        near = get_close_matches(distortion, known, n=1)
        hint = f"the nearest is {near[0]!r}" if near else "leave it empty for an image without one"
        return f"the distortion {distortion!r} is not in the taxonomy; {hint}"
    if by_strength and not 0 <= _number(strength) <= 1:
        return f"the strength {strength!r} of {distortion} is not 0–1"
    if level and not (1 <= _number(level) <= known[distortion] and _number(level).is_integer()):
        return f"the level {level!r} of {distortion} is not 1–{known[distortion]}"
    if not level and not by_strength:
        return f"the distortion {distortion} has no level"
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def path_problems(labels: pd.DataFrame, root: Path, file: str) -> list[DatasetProblem]:
    """Lines without an image, with one that an earlier line has, and with paths that lead nowhere.

    Args:
        labels: Columns image and reference, stripped, indexed by line.
        root: The folder that the paths lie below.
        file: Names the table in messages.
    """
    problems = [_problem(file, line, "there is no image") for line in labels.index[labels["image"] == ""]]
    first: dict[str, int] = {}
    for line, image in zip(labels.index.tolist(), labels["image"], strict=True):
        if image and image in first:
            problems.append(_problem(file, line, f"{image} is in line {first[image]} already"))
        first.setdefault(image, line)
    for column, kind in (("image", "image"), ("reference", "reference image")):
        named = labels[labels[column] != ""].reset_index().drop_duplicates(column)
        for path, line in zip(named[column], named["line"].tolist(), strict=True):
            if Path(path).is_absolute() or ".." in Path(path).parts:
                rule = "paths are given below the folder, without .. and not absolute"
                problems.append(_problem(file, line, f"the {kind} is {path}; {rule}"))
            elif not (root / path).is_file():
                problems.append(_problem(file, line, f"the {kind} is {path}, and {root} has no such file", "missing"))
    return problems


def _problem(file: str, line: int, text: str, kind: str = "label") -> DatasetProblem:
    return DatasetProblem(kind, f"{file} line {line}: {text}")
