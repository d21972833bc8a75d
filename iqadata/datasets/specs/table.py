"""A researcher's own images: `table:FILE.csv`.

One line an image: `image`, a path below the folder, and what is known of it:

reference    the undistorted image; without one, the image is its own
distortion   an id of the taxonomy, empty for an image without one; with `level` (1 is the weakest), `strength` (0 to
             1) or both
score        in [0, 1], higher is better, unless another scale is declared

FILE.toml beside it describes the distortions (a taxonomy), declares the scale (`score = {worst = 1, best = 5}`; lower
is better where `worst` is the larger), or both. The scale may also stand in the columns `worst` and `best`, the same
two numbers in every line, or in the option `scale`; and the option `taxonomy` may name another file.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError, UserNotice
from exiqa.iqadata.datasets.labels.checks import read_lines
from exiqa.iqadata.datasets.labels.scales import linear_formula, parse_scale, scale_of
from exiqa.iqadata.datasets.labels.table_columns import (
    column_numbers,
    distortion_problems,
    ignored_columns,
    nearest_column,
    path_problems,
)
from exiqa.iqadata.datasets.labels.table_file import read_table_file
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

PREFIX = "table:"
LAYOUT = "the images that FILE.csv lists (image, and what is known: score,reference,distortion,level or strength)"
SCALE = Scale(name="score", worst=0, best=1, formula="x")


def read(
    root: Path,
    file: Path,
    taxonomy: str | Path | None = None,
    scale: Sequence[float] | None = None,
) -> Listing:
    """The images that a CSV file lists.

    Args:
        root: The folder that its paths lie below.
        file: The CSV file.
        taxonomy: The distortions' name or TOML file; by default the TOML file beside the CSV file.
        scale: The raw scores of the worst and of the best quality; by default what the files say, else (0, 1).

    Raises:
        UserError: The CSV file, its column `image` or a taxonomy that it needs is missing or cannot be read, or the
            scale is declared twice.
    """
    if not root.is_dir():
        raise UserError(f"{PREFIX}{file}: {root} is not a folder; give the one that holds {LAYOUT}")
    if not file.is_file():
        raise UserError(f"there is no table {file}; write `{PREFIX}` and the path of a CSV file")
    labels = _read_labels(file)
    description = file.with_suffix(".toml")
    described = read_table_file(description)
    distortions = load_taxonomy(taxonomy) if taxonomy is not None else described.taxonomy
    if distortions is None and (labels["distortion"] != "").any():
        raise UserError(
            f"{file} names distortions and has no taxonomy; describe them in {description.name} beside it, or leave "
            "the column distortion out"
        )
    problems = [*distortion_problems(labels, distortions, file.name), *path_problems(labels, root, file.name)]
    table = labels[["image", "reference", "distortion"]].reset_index(drop=True)
    levels = {distortion.id: distortion.levels for distortion in distortions.distortions} if distortions else {}
    known = table["distortion"].isin(levels).to_numpy()
    level = _numbers(labels, "level")
    table["level"] = np.where(known, np.clip(level, 0, 1e6), 0).astype(int)
    if "strength" in labels:
        table["strength"] = np.where(known, _numbers(labels, "strength"), 0)
    else:
        highest = table["distortion"].map(levels).to_numpy(np.float64)
        table["strength"] = np.where(known, table["level"] / highest, 0)
    given = None if scale is None else parse_scale(scale)
    own_scale, table["raw_score"], wrong_scores = _scores(labels, file, described.scale, given)
    references = {path: path for path in table["reference"]}
    present = dict.fromkeys(path for path in [*table["image"], *references] if (root / path).is_file())
    return Listing(
        taxonomy=distortions or load_taxonomy("kadid10k"),  # says what will be looked for; none is claimed
        table=table,
        load=PhotoFiles(root, tuple(table["image"]), references),
        files=tuple(root / path for path in present),
        scale=own_scale,
        problems=(*problems, *wrong_scores),
        name=f"{PREFIX}{file.stem}",
        distortions=None if distortions else (),
    )


def _read_labels(file: Path) -> pd.DataFrame:
    """The text columns, stripped and indexed by line, with those of reference and distortion filled in."""
    labels = read_lines(file, PREFIX.removesuffix(":")).apply(lambda column: column.str.strip())
    if "image" not in labels:
        meant = [column for column in labels if nearest_column(column) == "image"]
        raise UserError(
            f"{file} has no column 'image'; " + (f"rename {meant[0]!r}" if meant else f"it has {', '.join(labels)}")
        )
    if labels.empty:
        raise UserError(f"{file} lists no image")
    if (ignored := ignored_columns(labels)) is not None:
        warnings.warn(f"{file}: {ignored}", UserNotice, stacklevel=3)
    if "reference" not in labels:
        labels["reference"] = ""
    labels["reference"] = labels["reference"].where(labels["reference"] != "", labels["image"])
    if "distortion" not in labels:
        labels["distortion"] = ""
    return labels


def _scores(
    labels: pd.DataFrame, file: Path, described: tuple[float, float] | None, option: tuple[float, float] | None
) -> tuple[Scale | None, np.ndarray, list[DatasetProblem]]:
    """The scale (None without a score), the (N,) raw scores, and the lines that have a wrong one."""
    if "score" not in labels or not (labels["score"] != "").any():
        return None, np.full(len(labels), np.nan), []
    if described is not None and option is not None and described != option:
        raise UserError(
            f"{file.with_suffix('.toml')} declares the scale {described[0]:g},{described[1]:g}, and "
            f"{option[0]:g},{option[1]:g} was given; leave one out"
        )
    declared = option or described
    hint = ""
    if {"worst", "best"} & set(labels):
        scale = scale_of(labels, str(file), "score", *(declared or (None, None)))
    elif declared is not None:
        scale = Scale(name="score", worst=declared[0], best=declared[1], formula=linear_formula(*declared))
    else:
        scale = SCALE
        hint = (
            "; declare its scale in "
            f"{file.with_suffix('.toml').name}: score = {{worst = W, best = B}}, or by --scale W,B"
        )
    limits = (min(scale.worst, scale.best), max(scale.worst, scale.best))
    raw, problems = column_numbers(labels, "score", file.name, limits, hint)
    return scale, raw, problems


def _numbers(labels: pd.DataFrame, column: str) -> np.ndarray:
    """(N,) float64; 0 where the column, a number in it, or a finite one is missing."""
    if column not in labels:
        return np.zeros(len(labels))
    values = pd.to_numeric(labels[column], errors="coerce").to_numpy(np.float64)
    return np.where(np.isfinite(values), values, 0)


SPEC = DatasetSpec(
    name="table",
    title="the table",
    source="the user's own images",
    layout=LAYOUT,
    read=read,
    strength_maps=("level",),
)
