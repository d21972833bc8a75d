"""What a dataset's spec file states, what reading a copy of it yields, and how that becomes a `Dataset`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset, ScoreInfo


@dataclass(frozen=True)
class Scale:
    """A linear scale of raw scores: the raw score of the worst and of the best quality it can express."""

    name: str
    """"MOS" or "DMOS"."""
    worst: float
    best: float
    formula: str
    """The score in [0, 1] as a formula of the raw score x: "(x - 1) / 4"."""

    def normalise(self, raw: np.ndarray) -> np.ndarray:
        """Raw scores (N,) to scores (N,), nominally [0, 1], higher is better, never clipped."""
        return (raw - self.worst) / (self.best - self.worst)

    def info(self) -> ScoreInfo:
        return ScoreInfo(
            name=self.name,
            raw_direction="higher is better" if self.best > self.worst else "lower is better",
            formula=self.formula,
        )


@dataclass(frozen=True)
class DatasetProblem:
    """One thing that is wrong with a user's copy of a dataset."""

    kind: str
    """"count", "label", "missing", "unreadable", "direction", or "unlabelled" (the only one that loading forgives)."""
    text: str
    """One sentence: what is wrong, where."""


@dataclass(frozen=True)
class PhotoFiles:
    """Row number -> pixels, for datasets whose every image is a file. Picklable."""

    root: Path
    files: tuple[str, ...]
    """Per row the file's path below `root`, as it is spelt on disk."""
    references: dict[str, str] = field(default_factory=dict)
    """Per reference key the same."""

    def __call__(self, row: int) -> np.ndarray:
        from exiqa.core.image_io import read_photo

        return read_photo(self.root / self.files[row])

    def reference(self, key: str) -> np.ndarray:
        from exiqa.core.image_io import read_photo

        return read_photo(self.root / self.references[key])


@dataclass(frozen=True)
class Listing:
    """A user's copy of a dataset as its label files and folders describe it; no pixel has been read."""

    taxonomy: Taxonomy
    table: pd.DataFrame
    """N rows: image, reference, distortion, level, raw_score as in `exiqa.iqadata.datasets.dataset.COLUMNS`; and
    `strength` in [0, 1] where the copy states it or it does not come from the level, `subset`, `rated` and `side` where
    the set has parts, opinions of more than one image, an official split (`Dataset.subsets`, `rated`, `sides`)."""
    load: Callable[[int], np.ndarray]
    """As `Dataset.load`."""
    files: tuple[Path, ...]
    """Every file whose pixels the dataset needs and that is there: images and references, or videos."""
    scale: Scale | None = None
    """None: the images have no scores."""
    problems: tuple[DatasetProblem, ...] = ()
    notes: tuple[str, ...] = ()
    name: str = ""
    """The dataset's name where it is not the spec's."""
    distortions: tuple[str, ...] | None = None
    """The columns of the strengths; None: all of the taxonomy's."""
    ratings: pd.DataFrame | None = None
    """As `Dataset.ratings`."""


@dataclass(frozen=True)
class DatasetSpec:
    """One dataset as its authors distribute it."""

    name: str
    """What it is asked for by, and what tables call it."""
    title: str
    source: str
    """The publication."""
    layout: str
    """What the folder holds, for messages and help."""
    read: Callable[..., Listing]
    """(root, **options) -> Listing, with a shipped taxonomy or one of its own; UserError where there is nothing."""
    build: Callable[..., Dataset] | None = None
    """(root, strength_map, **options) -> Dataset, where an image may have several distortions; None: from `read`."""
    images: int | None = None
    references: int | None = None
    raw_limits: tuple[float, float] | None = None
    """No raw score of the published labels lies outside."""
    strength_maps: tuple[str, ...] = ("level",)
    """The maps from (distortion, level) to strength that this dataset can have; the first is its default. "magnitude"
    needs its parameters in `exiqa.iqadata.distortions.levels`."""
    level_lowers_score: bool = False
    """Over the whole set a higher level means a lower score, so labels that say otherwise are upside down."""
    check_file: Callable[[Path], None] | None = None
    """Reads one of `Listing.files` and raises UserError where it cannot be read; None: a photo."""
    kind: Literal["distorted", "authentic"] = "distorted"
    """distorted: made from references, with known distortions; authentic: photos as people take them, without either,
    of which only the score can be predicted."""
    version: int = 1
    """Raised with every change of what is read from the same files: what was computed from the data is stale then."""


def level_strengths(
    dataset: str, taxonomy: Taxonomy, distortions: tuple[str, ...], table: pd.DataFrame, strength_map: str
) -> np.ndarray:
    """The strengths that the levels of single distortions stand for.

    Args:
        dataset: The dataset's name, whose parameters the map "magnitude" goes by.
        taxonomy: Says how many levels a distortion has.
        distortions: The D columns.
        table: N rows of distortion and level; of strength in [0, 1] too where the copy states it, which is then taken.
        strength_map: "level" (level ÷ the distortion's levels) or "magnitude" (the registry's).

    Returns:
        (N, D) float32 in [0, 1]: each row's strength in the column of its distortion, 0 elsewhere.
    """
    matrix = np.zeros((len(table), len(distortions)), dtype=np.float32)
    column = pd.Index(distortions).get_indexer(pd.Index(table["distortion"]))
    rows = np.flatnonzero(column >= 0)
    if "strength" in table:
        values = table["strength"].to_numpy(np.float32)[rows]
    elif strength_map == "level":
        number = np.array([taxonomy[distortion].levels for distortion in distortions])
        values = table["level"].to_numpy(np.float32)[rows] / number[column[rows]]
    else:
        from exiqa.iqadata.distortions.strength import strength

        level = table["level"].to_numpy()[rows]
        pairs, which = np.unique(np.stack([column[rows], level]), axis=1, return_inverse=True)
        per_pair = [strength(dataset, distortions[d], int(n), "magnitude") for d, n in pairs.T]
        values = np.array(per_pair, dtype=np.float32)[which.ravel()]
    matrix[rows, column[rows]] = values
    return matrix


def strength_grids(strengths: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Per column of (N, D) float32 strengths its distinct values besides 0, ascending, to float32's six digits."""
    return tuple(tuple(round(float(v), 6) for v in np.unique(column[column > 0])) for column in strengths.T)


def known_map(spec: DatasetSpec, strength_map: str) -> str:
    """The strength map that a dataset uses when asked for one: the same, or its own default for "level".

    Raises:
        UserError: There is no such map, or this dataset cannot have it.
    """
    if strength_map not in ("level", "magnitude", *spec.strength_maps):
        raise UserError(f"there is no strength map {strength_map!r}; {spec.title} has {', '.join(spec.strength_maps)}")
    if strength_map in spec.strength_maps:
        return strength_map
    if strength_map == "level":
        return spec.strength_maps[0]
    raise UserError(
        f"{spec.title} has no strengths by {strength_map}: no parameters are published for it; "
        f"use {', '.join(spec.strength_maps)}"
    )


def to_dataset(spec: DatasetSpec, listing: Listing, where: str, strength_map: str) -> Dataset:
    """The `Dataset` of a listing without problems; unlabelled images are forgiven, as no row refers to them.

    Args:
        spec: The dataset's.
        listing: What the copy holds.
        where: Names the copy in messages.
        strength_map: As `known_map` takes it.

    Raises:
        UserError: The listing has problems: the first of them, where it is, and how many there are.
    """
    problems = [problem for problem in listing.problems if problem.kind != "unlabelled"]
    if problems:
        more = f" ({len(problems)} problems in all; `exiqa data check` lists them)" if len(problems) > 1 else ""
        raise UserError(f"{spec.title} at {where}: {problems[0].text}{more}")
    strength_map = known_map(spec, strength_map)
    table = listing.table.copy()
    raw = table["raw_score"].to_numpy(np.float64)
    table["score"] = listing.scale.normalise(raw) if listing.scale else np.nan
    distortions = listing.taxonomy.ids if listing.distortions is None else listing.distortions
    strengths = level_strengths(spec.name, listing.taxonomy, distortions, table, strength_map)
    return Dataset(
        name=listing.name or spec.name,
        taxonomy=listing.taxonomy,
        distortions=distortions,
        table=table[list(COLUMNS)].reset_index(drop=True),
        strengths=strengths,
        levels=strength_grids(strengths),
        strength_map=strength_map,
        score_info=listing.scale.info() if listing.scale else None,
        load=listing.load,
        notes=listing.notes,
        subsets=table["subset"].to_numpy() if "subset" in table else None,
        rated=table["rated"].to_numpy() if "rated" in table else None,
        sides=table["side"].to_numpy() if "side" in table else None,
        ratings=None if listing.ratings is None else listing.ratings.reset_index(drop=True),
    )
