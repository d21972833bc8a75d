"""A researcher's own images: `table:FILE.csv`, with a taxonomy of their own.

One line an image: `image,reference` (paths below the folder), `distortion` (an id of the taxonomy, empty for a clean
image), `level` (1 is the weakest) or `strength` (0 to 1) or both, and optionally `score`. Scores are in [0, 1] and
higher is better, unless the columns `worst` and `best` state another scale (the same two numbers in every line). The
taxonomy is FILE.toml beside FILE.csv, or the option `taxonomy`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.labels import label_problems, numbers, read_csv, score_problems
from exiqa.iqadata.datasets.scales import scale_of
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

PREFIX = "table:"
LAYOUT = "the images that FILE.csv lists (image,reference,distortion,level or strength,score)"
SCALE = Scale(name="score", worst=0, best=1, formula="x")


def read(root: Path, file: Path, taxonomy: str | Path | None = None) -> Listing:
    """The images that a CSV file lists.

    Args:
        root: The folder that its paths lie below.
        file: The CSV file.
        taxonomy: The distortions' name or TOML file; by default the TOML file beside the CSV file.

    Raises:
        UserError: The CSV file, a column or the taxonomy is missing or cannot be read.
    """
    if not root.is_dir():
        raise UserError(f"{PREFIX}{file}: {root} is not a folder; give the one that holds {LAYOUT}")
    if not file.is_file():
        raise UserError(f"there is no table {file}; write `{PREFIX}` and the path of a CSV file")
    if taxonomy is None and not file.with_suffix(".toml").is_file():
        raise UserError(
            f"{file} has no taxonomy; describe its distortions in {file.with_suffix('.toml').name} beside it"
        )
    distortions = load_taxonomy(taxonomy if taxonomy is not None else file.with_suffix(".toml"))
    labels = read_csv(file, ("image", "reference", "distortion"), PREFIX.removesuffix(":"))
    if not {"level", "strength"} & set(labels.columns):
        raise UserError(f"{file} has neither a column level nor a column strength; a distorted image needs one")
    if labels.empty:
        raise UserError(f"{file} lists no image")
    for column in ("image", "reference", "distortion"):
        labels[column] = labels[column].str.strip()
    table = labels[["image", "reference", "distortion"]].copy()
    problems = [
        *_level_and_strength(table, labels, distortions, file.name),
        *_path_problems(labels, file.name),
    ]
    scale = None
    table["raw_score"] = np.nan
    problems += label_problems(table, file.name)
    if "score" in labels.columns and (scored := labels["score"].str.strip() != "").any():
        scale = scale_of(labels, str(file), "score", None, None) if {"worst", "best"} & set(labels.columns) else SCALE
        table["raw_score"] = numbers(labels, "score")
        limits = (min(scale.worst, scale.best), max(scale.worst, scale.best))
        problems += score_problems(table[scored], file.name, limits)
    missing = []
    for column, kind in (("image", "image"), ("reference", "reference image")):
        for path in dict.fromkeys(table[column]):
            if not (root / path).is_file():
                missing.append(
                    DatasetProblem("missing", f"{file.name} lists the {kind} {path} but {root} has no such file")
                )
    references = {path: path for path in table["reference"]}
    present = dict.fromkeys(path for path in [*table["image"], *references] if (root / path).is_file())
    return Listing(
        taxonomy=distortions,
        table=table,
        load=PhotoFiles(root, tuple(table["image"]), references),
        files=tuple(root / path for path in present),
        scale=scale,
        problems=(*problems, *missing),
        name=f"{PREFIX}{file.stem}",
    )


def _level_and_strength(
    table: pd.DataFrame, labels: pd.DataFrame, taxonomy: Taxonomy, file: str
) -> list[DatasetProblem]:
    """Fill the columns level and strength of `table`, and say which lines of `labels` are wrong."""
    problems = []
    known = labels["distortion"].isin(taxonomy.ids)
    clean = labels["distortion"] == ""
    problems += [
        DatasetProblem(
            "label", f"{file} gives {image} the distortion {distortion!r}, which taxonomy {taxonomy.id} lacks"
        )
        for image, distortion in zip(
            labels["image"][~known & ~clean], labels["distortion"][~known & ~clean], strict=True
        )
    ]
    highest = labels["distortion"].map({d.id: d.levels for d in taxonomy.distortions}).fillna(0).to_numpy(int)
    level = np.zeros(len(labels))
    if "level" in labels.columns:
        level = np.nan_to_num(numbers(labels, "level"))
        stated = labels["level"].str.strip() != ""
        needed = known if "strength" not in labels.columns else known & stated
        wrong = needed & ~((level >= 1) & (level <= highest) & (level == np.floor(level)))
        problems += [
            DatasetProblem(
                "label", f"{file} gives {labels['image'][row]} the level {labels['level'][row]!r}, not 1–{highest[row]}"
            )
            for row in np.flatnonzero(wrong)
        ]
    table["level"] = np.where(known, level, 0).astype(int)
    table["strength"] = np.divide(table["level"], highest, out=np.zeros(len(labels)), where=highest > 0)
    if "strength" in labels.columns:
        strength = numbers(labels, "strength")
        wrong = known & ~((strength >= 0) & (strength <= 1))
        problems += [
            DatasetProblem(
                "label", f"{file} gives {labels['image'][row]} the strength {labels['strength'][row]!r}, not 0–1"
            )
            for row in np.flatnonzero(wrong)
        ]
        table["strength"] = np.where(known, np.nan_to_num(strength), 0)
    return problems


def _path_problems(labels: pd.DataFrame, file: str) -> list[DatasetProblem]:
    """Paths that leave the folder."""
    return [
        DatasetProblem("label", f"{file} lists {path}; paths are given below the folder, without .. and not absolute")
        for column in ("image", "reference")
        for path in dict.fromkeys(labels[column])
        if Path(path).is_absolute() or ".." in Path(path).parts
    ]


SPEC = DatasetSpec(
    name="table",
    title="the table",
    source="the user's own images",
    layout=LAYOUT,
    read=read,
    strength_maps=("level",),
)
