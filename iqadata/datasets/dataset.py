"""A dataset of distorted images: one table, one matrix of strengths, and a way to the pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np

from exiqa.bank.taxonomy import Taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, sha256_hex

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("image", "reference", "distortion", "level", "score", "raw_score")
"""The table's columns, one row an image:
image: str, unique key (a path relative to the dataset's root, or a recipe's id);
reference: str, the key of the reference it was made from (what splits are made by);
distortion: str id, "" for a clean image, "+" for several distortions;
level: int, 1 is the weakest; 0 where there is none or several;
score: float in [0, 1] nominally, higher is better, linear in the raw score and never clipped; NaN without one;
raw_score: float as distributed."""


@dataclass(frozen=True)
class ScoreInfo:
    """What the scores are: shown wherever they appear."""

    name: str
    """"MOS", "DMOS", or for a full-reference proxy its name with the word proxy."""
    raw_direction: Literal["higher is better", "lower is better"]
    formula: str
    """How the score in [0, 1] comes from the raw one: "(x - 1) / 4"."""
    proxy: bool = False


@runtime_checkable
class ReferenceLoader(Protocol):
    """A `Dataset.load` that also gives the pixels of the references themselves."""

    def __call__(self, row: int) -> np.ndarray:
        """As every `Dataset.load`."""

    def reference(self, key: str) -> np.ndarray:
        """Reference key -> (H, W, 3) uint8 sRGB pixels."""


@dataclass(frozen=True)
class Dataset:
    """N distorted images over D distortions."""

    name: str
    taxonomy: Taxonomy
    distortions: tuple[str, ...]
    """The D distortion ids, the column order of `strengths`."""
    table: pd.DataFrame
    """N rows, `COLUMNS`."""
    strengths: np.ndarray
    """(N, D) float32 in [0, 1]: P(I, d); 0 where image I does not have distortion d."""
    levels: tuple[tuple[float, ...], ...]
    """Per distortion, the grid of true strengths besides 0, ascending: (.2, .4, .6, .8, 1)."""
    strength_map: str
    """"level", "magnitude", or "score" (LIVE): how strengths were made."""
    score_info: ScoreInfo | None
    """None: the images have no scores."""
    load: Callable[[int], np.ndarray]
    """Row number -> (H, W, 3) uint8 sRGB pixels. Picklable, so that loader processes can call it."""
    notes: tuple[str, ...] = ()
    """Footnotes that every table over this dataset prints ("strength from the score")."""
    subsets: np.ndarray | None = None
    """(N,) str: the part of the set that each image is in (BIQ2021's ss01 … ss03); None where it has no parts."""
    rated: np.ndarray | None = None
    """(N,) str: what people rated where that is not each image by itself: LVQ's video, whose opinion all of its frames
    have. None where each image was rated."""
    sides: np.ndarray | None = None
    """(N,) str, "train", "validation" or "test": the official split; None where none is published."""
    training_only: frozenset[str] = frozenset()
    """References that no drawn split validates or tests on: a backbone was pretrained on them."""
    ratings: pd.DataFrame | None = None
    """N rows of what people said of each image besides its quality, as distributed, NaN where nobody was asked:
    SPAQ's brightness, colorfulness, contrast, noisiness, sharpness. None without such ratings."""

    def __len__(self) -> int:
        return len(self.table)

    @property
    def references(self) -> tuple[str, ...]:
        """The distinct references, sorted."""
        return tuple(sorted(self.table["reference"].unique()))

    @property
    def scores(self) -> np.ndarray:
        """(N,) float32, higher is better, NaN without a score."""
        return self.table["score"].to_numpy(np.float32)

    @property
    def has_references(self) -> bool:
        """Whether the references' own pixels are at hand."""
        return isinstance(self.load, ReferenceLoader)

    def reference(self, key: str) -> np.ndarray:
        """A reference's key -> (H, W, 3) uint8 sRGB pixels.

        Raises:
            UserError: The dataset has no references at hand.
        """
        if not isinstance(self.load, ReferenceLoader):
            raise UserError(f"{self.name} has no references at hand")
        return self.load.reference(key)

    @property
    def effects(self) -> np.ndarray:
        """(N, E) float32 in [0, 1]: visibility of each effect of `exiqa.iqadata.effects.EFFECTS` in each image.

        Measured against the references, once: kept in the user's cache by the pixels' content
        (`exiqa.iqadata.datasets.effects`, which also does it for some rows, and with a progress bar).

        Raises:
            UserError: The dataset has no references at hand, or an image cannot be compared with its own.
        """
        from exiqa.iqadata.datasets.effects import effect_values
        from exiqa.iqadata.effects.measure import visibility_of

        return visibility_of(effect_values(self))

    @property
    def hash(self) -> str:
        """SHA-256 of the table, the strengths and the taxonomy, 64 hex digits. Not of the pixels."""
        return sha256_hex(
            canonical_json(
                {
                    "taxonomy": self.taxonomy.hash,
                    "distortions": self.distortions,
                    "strength_map": self.strength_map,
                    "strengths": sha256_hex(np.ascontiguousarray(self.strengths, dtype="<f4").tobytes()),
                    "table": self.table[list(COLUMNS)].to_csv(index=False, lineterminator="\n"),
                }
            )
        )
