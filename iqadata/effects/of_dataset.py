"""The effects of all images of a dataset, measured once and kept by content."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.spec import ReferenceLoader
from exiqa.iqadata.effects.measure import EFFECTS, EFFECTS_VERSION, measure_effects

CHUNK = 64
"""Images between two writes to the cache: what an interruption costs at most."""


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
    load = dataset.load
    if not isinstance(load, ReferenceLoader):
        raise UserError(f"{dataset.name} has no references at hand; effects are measured against them")
    rows = np.arange(len(dataset)) if rows is None else np.asarray(rows)
    cache = cache or VectorCache.named("effects")
    names, images = dataset.table["reference"].to_numpy(), dataset.table["image"].to_numpy()
    values = np.zeros((len(rows), len(EFFECTS)), np.float32)
    done = 0

    def measure(reference: np.ndarray, chunk: np.ndarray) -> list[np.ndarray]:
        pictures = [load(int(row)) for row in rows[chunk]]
        keys = [_key(reference, picture) for picture in pictures]

        def of_missing(missing: list[int]) -> list[np.ndarray]:
            return [_measured(reference, pictures[i], str(images[rows[chunk[i]]]), dataset.name) for i in missing]

        return cache.get_or_compute(keys, of_missing)

    # One reference after the other, so that but one is in memory.
    for name in dict.fromkeys(names[rows]):
        places = np.flatnonzero(names[rows] == name)
        reference = load.reference(str(name))
        for start in range(0, len(places), CHUNK):
            chunk = places[start : start + CHUNK]
            values[chunk] = measure(reference, chunk)
            done += len(chunk)
            if on_image:
                on_image(done)
    return values


def _key(reference: np.ndarray, picture: np.ndarray) -> str:
    contents = (f"{pixels.shape} {sha256_hex(pixels.tobytes())}" for pixels in (reference, picture))
    return sha256_hex(f"effects {EFFECTS_VERSION} {' '.join(contents)}")


def _measured(reference: np.ndarray, picture: np.ndarray, image: str, dataset: str) -> np.ndarray:
    try:
        return measure_effects(reference, picture).values
    except UserError as error:
        raise UserError(f"{dataset}'s image {image}: {error}") from None
