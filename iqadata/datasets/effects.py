"""The effects of the images of a dataset, measured against their references."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.effects.cached import CHUNK, effects_of_pairs
from exiqa.iqadata.effects.measure import EFFECTS

if TYPE_CHECKING:
    from exiqa.iqadata.datasets.dataset import Dataset


@dataclass(frozen=True)
class _ImagePair:
    """An image of a dataset and its reference, both in memory."""

    name: str
    reference: np.ndarray
    image: np.ndarray

    @property
    def key(self) -> str:
        """By content: equal pictures are measured once, whatever set they are in."""
        return " ".join(f"{pixels.shape} {sha256_hex(pixels.tobytes())}" for pixels in self.load())

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        return self.reference, self.image


def effect_values(
    dataset: Dataset,
    rows: np.ndarray | None = None,
    cache: VectorCache | None = None,
    on_image: Callable[[int], None] | None = None,
) -> np.ndarray:
    """Values of all effects of the images in `rows`, measured where the cache does not have them.

    Args:
        dataset: Whose images; its loader must have the references.
        rows: (n,) row numbers; a row may come twice. All by default.
        cache: By default `effects` in the user's cache folder.
        on_image: Called with the number of images done.

    Returns:
        (n, E) float32 in the effects' own units, in the order of `EFFECTS`.

    Raises:
        UserError: The dataset has no references at hand, or an image cannot be compared with its own.
    """
    if not dataset.has_references:
        raise UserError(f"{dataset.name} has no references at hand; effects are measured against them")
    rows = np.arange(len(dataset)) if rows is None else np.asarray(rows)
    names, images = dataset.table["reference"].to_numpy()[rows], dataset.table["image"].to_numpy()[rows]
    values = np.zeros((len(rows), len(EFFECTS)), np.float32)
    done = 0
    # One reference after the other, so that but one is in memory, and a chunk of its images.
    for name in dict.fromkeys(names):
        places = np.flatnonzero(names == name)
        reference = dataset.reference(str(name))
        for start in range(0, len(places), CHUNK):
            chunk = places[start : start + CHUNK]
            pairs = [
                _ImagePair(f"{dataset.name}'s image {images[place]}", reference, dataset.load(int(rows[place])))
                for place in chunk
            ]
            values[chunk] = effects_of_pairs(pairs, cache)
            done += len(chunk)
            if on_image:
                on_image(done)
    return values
