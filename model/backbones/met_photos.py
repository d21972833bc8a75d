"""Photos of a data set that backbones were pretrained on, which nothing may be tested on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from exiqa.iqadata.datasets.combine import CombinedPixels
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.backbones.families import card_of


def keep_in_training(dataset: Dataset, backbones: Iterable[str]) -> Dataset:
    """The data set, of which splits keep on the training side what any of the backbones was pretrained on.

    Args:
        dataset: Under its own id, as `exiqa.iqadata.catalog.loading.load_dataset` gives it.
        backbones: Their specs. What they met is read off their cards (`PretrainingCard.photos`).

    Raises:
        UserError: As `card_of`.
    """
    cards = [card for spec in backbones if (card := card_of(spec)) is not None]
    references: set[str] = set()
    for part in dataset.load.parts if isinstance(dataset.load, CombinedPixels) else (dataset,):
        met = {name.casefold() for card in cards for name in card.photos.get(part.name, ())}
        references.update(r for r in part.references if PurePosixPath(r).name.casefold() in met)
    return replace(dataset, training_only=frozenset(references))
