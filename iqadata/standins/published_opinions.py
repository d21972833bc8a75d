"""Photos with and without distortions, each with what people are published to have thought of such, on the average.

No observer has seen these photos; but what is said of them is said by observers of others, distortion by distortion and
level by level. A score that is fitted to it beside opinions of whole photos spans both: it knows what a fault costs,
and does not call a photo mediocre that has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.combine import combine
from exiqa.iqadata.datasets.dataset import Dataset, ReferenceLoader
from exiqa.iqadata.standins.opinions import opinions
from exiqa.iqadata.standins.standin import standin

STANDIN = "mini-kadid10k"
HEIGHT, WIDTH = 288, 384
"""Pixels of its images."""
PRISTINE = "pristine"
"""What the image of a reference itself is called, behind the reference's name."""


@dataclass(frozen=True)
class WithReferences:
    """Row number -> pixels: of a stand-in's images, and behind them of its references. Picklable."""

    images: ReferenceLoader
    count: int
    """How many images there are."""
    references: tuple[str, ...]

    def __call__(self, row: int) -> np.ndarray:
        return self.images(row) if row < self.count else self.reference(self.references[row - self.count])

    def reference(self, key: str) -> np.ndarray:
        """As the stand-in's."""
        return self.images.reference(key)


def pristine_opinion(dataset: str) -> float:
    """What is taken for the mean opinion of a photo without distortion: the highest published of any level.

    Observers judged distorted photos beside their reference, and no one rated a reference by itself.

    Args:
        dataset: The real data set's name.
    """
    table = opinions()
    return float(table["mean"][table["dataset"] == dataset].max())


def with_pristine(standin: Dataset) -> Dataset:
    """A stand-in whose scores are published opinions, and behind its images its references, with `pristine_opinion`.

    Args:
        standin: As `exiqa.iqadata.standins.standin.dataset_of` makes it with `scores="published"`.
    """
    load = standin.load
    assert isinstance(load, ReferenceLoader)
    names = standin.references
    score = pristine_opinion(standin.taxonomy.id)
    clean = pd.DataFrame(
        {
            "image": [f"{name}_{PRISTINE}" for name in names],
            "reference": names,
            "distortion": "",
            "level": 0,
            "score": score,
            "raw_score": np.nan,
        }
    )
    return replace(
        standin,
        table=pd.concat([standin.table, clean], ignore_index=True),
        strengths=np.concatenate([standin.strengths, np.zeros((len(names), len(standin.distortions)), np.float32)]),
        load=WithReferences(load, len(standin), names),
        notes=(*standin.notes, f"its {len(names)} pristine photos have the highest published mean, {score:.3f}"),
    )


def beside_published(dataset: Dataset, pristine: Path | None = None) -> Dataset:
    """A data set with opinions and, as a second part, photos with published mean opinions.

    Args:
        dataset: With opinions, of photos as a rule.
        pristine: A folder of photos that KADID-10k's distortions are applied to; by default the packaged photos and
            procedural scenes of the stand-in.

    Raises:
        UserError: The data set has no scores, or the folder holds too few photos.
    """
    if dataset.score_info is None:
        raise UserError(f"{dataset.name} has no quality scores, so there is nothing to set beside published opinions")
    rated = standin(STANDIN, height=HEIGHT, width=WIDTH, pristine=pristine, scores="published")
    return combine(f"{dataset.name}+published", [dataset, with_pristine(rated)])
