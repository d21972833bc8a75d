"""Recipes as a dataset: the table and the strengths follow from the recipes alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import Taxonomy
from exiqa.iqadata.datasets.dataset import Dataset, ScoreInfo
from exiqa.iqadata.distortions.registry import OWN, level_table, levels_of
from exiqa.iqadata.distortions.strength import StrengthMap, own_strengths, strength
from exiqa.iqadata.synthesis.recipe import Recipe


def recipe_dataset(
    name: str,
    taxonomy: Taxonomy,
    recipes: Sequence[Recipe],
    load: Callable[[int], np.ndarray],
    *,
    distortions: tuple[str, ...] | None = None,
    strength_map: StrengthMap = "level",
    scores: np.ndarray | None = None,
    raw_scores: np.ndarray | None = None,
    score_info: ScoreInfo | None = None,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """A dataset of N images that recipes make of references.

    An image of one distortion keeps its id and level in the table; one of several has "+" and level 0.

    Args:
        name: The dataset's.
        taxonomy: Its id names the level tables.
        recipes: N of them.
        load: Row number -> (H, W, 3) uint8, in the recipes' order.
        distortions: The D ids, in the taxonomy's order; all of it by default.
        strength_map: "level" or "magnitude" (`exiqa.iqadata.distortions.strength`).
        scores: (N,) in [0, 1], higher is better; NaN by default.
        raw_scores: (N,); NaN by default.
        score_info: What the scores are.
        notes: Footnotes of every table over the dataset.
    """
    distortions = taxonomy.ids if distortions is None else distortions
    columns = {distortion: column for column, distortion in enumerate(distortions)}
    grids = {distortion: _grid(taxonomy, distortion, strength_map) for distortion in columns}
    strengths = np.zeros((len(recipes), len(columns)), np.float32)
    for row, recipe in enumerate(recipes):
        for distortion, level in zip(recipe.distortions, recipe.levels, strict=True):
            strengths[row, columns[distortion]] = grids[distortion][level - 1]
    single = [len(recipe.distortions) == 1 for recipe in recipes]
    missing = np.full(len(recipes), np.nan)
    table = pd.DataFrame(
        {
            "image": [recipe.image for recipe in recipes],
            "reference": [recipe.source for recipe in recipes],
            "distortion": [
                recipe.distortions[0] if alone else "+" for recipe, alone in zip(recipes, single, strict=True)
            ],
            "level": [recipe.levels[0] if alone else 0 for recipe, alone in zip(recipes, single, strict=True)],
            "score": missing if scores is None else scores,
            "raw_score": missing if raw_scores is None else raw_scores,
        }
    )
    return Dataset(
        name=name,
        taxonomy=taxonomy,
        distortions=distortions,
        table=table,
        strengths=strengths,
        levels=tuple(tuple(sorted(set(grids[distortion]) - {0.0})) for distortion in columns),
        strength_map=strength_map,
        score_info=score_info,
        load=load,
        notes=notes,
    )


def _grid(taxonomy: Taxonomy, distortion: str, strength_map: StrengthMap) -> list[float]:
    """The strengths of levels 1, 2, … of a distortion; with a taxonomy of one's own, of as many as that states."""
    table = level_table(taxonomy.id)
    if table == OWN:
        return own_strengths(distortion, taxonomy[distortion].levels, strength_map)
    return [
        strength(table, distortion, level, strength_map) for level in range(1, len(levels_of(table, distortion)) + 1)
    ]
