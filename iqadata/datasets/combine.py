"""Several datasets as one: for a distortion that no single dataset has beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset, ScoreInfo


@dataclass(frozen=True)
class CombinedPixels:
    """Row number -> (H, W, 3) uint8 sRGB pixels of the part that the row comes from. Picklable."""

    parts: tuple[Dataset, ...]

    def __call__(self, row: int) -> np.ndarray:
        for part in self.parts:
            if row < len(part):
                return part.load(row)
            row -= len(part)
        raise IndexError(row)

    def reference(self, key: str) -> np.ndarray:
        """The reference of the part that has it.

        Raises:
            UserError: That part has no references at hand.
        """
        for part in self.parts:
            if key in part.references and part.has_references:
                return part.reference(key)
        raise UserError(f"the part that the reference {key} belongs to has no references at hand")


def combine(name: str, parts: Sequence[Dataset]) -> Dataset:
    """One dataset of all rows of `parts`, over the union of their distortions in the order of first appearance.

    An image has strength 0 for the distortions that its own part does not have. Scores are taken over as they
    are, in [0, 1], higher is better; with them the raw scores, which no longer have one scale, become the scores. Where
    a part has subsets, the parts and theirs are the whole's, so that a split has the same share of each.

    Raises:
        UserError: There are no parts, or two of them share a reference or an image, or have different strength maps.
    """
    if not parts:
        raise UserError(f"{name} cannot be combined: it has no parts")
    table = pd.concat([part.table[list(COLUMNS)] for part in parts], ignore_index=True)
    references = [reference for part in parts for reference in part.references]
    if len(set(references)) != len(references) or table["image"].duplicated().any():
        raise UserError(f"{name} cannot be combined: two of its parts have the same reference or image")
    if len({part.strength_map for part in parts}) > 1:
        raise UserError(f"{name} cannot be combined: its parts have different strength maps")
    described: dict[str, Distortion] = {}
    for part in parts:
        for distortion in part.distortions:
            described.setdefault(distortion, part.taxonomy[distortion])
    distortions = tuple(described)
    strengths = np.zeros((len(table), len(distortions)), np.float32)
    grids: dict[str, set[float]] = {d: set() for d in distortions}
    first = 0
    for part in parts:
        for column, distortion in enumerate(part.distortions):
            strengths[first : first + len(part), distortions.index(distortion)] = part.strengths[:, column]
            grids[distortion].update(part.levels[column])
        first += len(part)
    infos = [part.score_info for part in parts if part.score_info]
    return Dataset(
        name=name,
        taxonomy=Taxonomy(
            id="combined",
            name=" and ".join(dict.fromkeys(part.taxonomy.name for part in parts)),
            distortions=tuple(described.values()),
        ),
        distortions=distortions,
        table=table.assign(raw_score=table["score"]),
        strengths=strengths,
        levels=tuple(tuple(sorted(grids[d])) for d in distortions),
        strength_map=parts[0].strength_map,
        score_info=ScoreInfo(
            name=" and ".join(dict.fromkeys(info.name for info in infos)),
            raw_direction="higher is better",
            formula="x",
            proxy=any(info.proxy for info in infos),
        )
        if infos
        else None,
        load=CombinedPixels(tuple(parts)),
        subsets=_subsets(parts),
        training_only=frozenset().union(*(part.training_only for part in parts)),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _subsets(parts: Sequence[Dataset]) -> np.ndarray | None:
    if all(part.subsets is None for part in parts):
        return None
    names = [
        np.full(len(part), part.name, object)
        if part.subsets is None
        else np.array([f"{part.name} {subset}" for subset in part.subsets], object)
        for part in parts
    ]
    return np.concatenate(names)
