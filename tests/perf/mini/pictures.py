"""What is measured on: distorted photos that the backbone never saw, and photos of BIQ2021 with their opinions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import exiqa.model.pretraining
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.core.image_io import read_photo
from exiqa.iqadata.certifying.sizes import distinguishable_levels
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.specs.authentic import biq2021
from exiqa.iqadata.photos import list_photos
from exiqa.iqadata.standins.standin import Source, StandinPixels, StandinSpec, dataset_of, photo_sources
from exiqa.iqadata.synthesis.recipe import Recipe, derive_seed
from exiqa.iqadata.synthesis.recipe_dataset import recipe_dataset
from exiqa.iqadata.versions import PIXELS_VERSION
from exiqa.model.backbones.mini_weights import read_mini_weights
from mini.backbone import Picture

KADID = "kadid10k"
SEVERAL = StandinSpec(KADID, photos=(), references=0, scenes=0, repeats=20, kmax=3)
LISTED = Path(__file__).with_name("authentic_photos.toml")
STRONG = 0.6
"""Levels 3 to 5 of 5."""
_BIQ_NAME = re.compile(r"ss0[123] \(\d+\)\.jpe?g", re.IGNORECASE)


@dataclass(frozen=True)
class Distorted:
    """Distorted pictures with their truth."""

    dataset: Dataset
    pictures: list[Picture]


@dataclass(frozen=True)
class RatedPhoto:
    """A photo of BIQ2021."""

    name: str
    subset: str
    """ss01, ss02 or ss03."""
    opinion: float
    """Mean opinion, 0 to 1, higher is better."""
    file: Path

    @property
    def picture(self) -> Picture:
        return Picture(sha256_file(self.file), partial(read_photo, self.file))


def sources_in(folder: Path) -> tuple[Source, ...]:
    """The photos of a folder as references."""
    return photo_sources([folder / name for name in list_photos(folder)])


def single(sources: Sequence[Source], height: int, width: int, levels: Sequence[int]) -> Distorted:
    """KADID-10k's 25 distortions one at a time, at those of the levels that can be told apart at that size."""
    taxonomy = load_taxonomy(KADID)
    recipes = [
        Recipe(
            image=f"{source.name}_{distortion.id}_{level}",
            source=source.name,
            distortions=(distortion.id,),
            levels=(level,),
            seed=derive_seed(source.name, distortion.id, level, 0),
            stretched=True,
        )
        for source in sources
        for distortion in taxonomy.distortions
        for level in distinguishable_levels(KADID, distortion.id, height, width)
        if level in levels
    ]
    pixels = StandinPixels(KADID, height, width, tuple(recipes), {source.name: source for source in sources})
    return _distorted(recipe_dataset("one-at-a-time", taxonomy, recipes, pixels))


def several(sources: Sequence[Source], height: int, width: int) -> Distorted:
    """One to three of them at once, at any level: 20 pictures a photo."""
    return _distorted(dataset_of("one-to-three", SEVERAL, sources, "photographs", height=height, width=width))


def _distorted(dataset: Dataset) -> Distorted:
    assert isinstance(dataset.load, StandinPixels)
    pixels = dataset.load
    size = f"{pixels.height}x{pixels.width} pixels {PIXELS_VERSION}"
    return Distorted(
        dataset,
        [Picture(f"{recipe.hash} {size}", partial(pixels, row)) for row, recipe in enumerate(pixels.recipes)],
    )


def rated_photos(data: Path, weights: Path) -> dict[str, RatedPhoto]:
    """The photos of BIQ2021 at hand that a backbone was not trained on, by name.

    Args:
        data: Holds the folder biq2021.
        weights: The backbone's; the names that its file or the pretraining's lists state are left out.

    Raises:
        UserError: The data set is not there.
    """
    root = data / "biq2021"
    table = biq2021.read(root).table
    files = {file.name.casefold(): file for file in (root / "Images").iterdir()}
    trained = trained_names(weights)
    return {
        name: RatedPhoto(name, name[:4].casefold(), float(opinion), files[name.casefold()])
        for name, opinion in zip(table["image"].map(lambda path: Path(path).name), table["raw_score"], strict=True)
        if name.casefold() in files and name.casefold() not in trained
    }


def trained_names(weights: Path) -> frozenset[str]:
    """The casefolded names of BIQ2021 photos that pretraining's lists, or what lies in a weights file, speak of.

    Not those that a list calls held out.
    """
    folder = Path(exiqa.model.pretraining.__file__).parent
    texts = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.suffix in (".toml", ".csv", ".txt")]
    texts.append(str(read_mini_weights(weights)[1]))
    lines = (line for text in texts for line in text.splitlines() if not line.endswith(",true"))
    return frozenset(name.casefold() for line in lines for name in _BIQ_NAME.findall(line))


def listed(side: str, kind: str, photos: dict[str, RatedPhoto]) -> list[RatedPhoto]:
    """The photos that were sorted by eye: `side` is test or validation, `kind` blurred, dark or good.

    Raises:
        UserError: The backbone was trained on one of them.
    """
    names = tomllib.loads(LISTED.read_text(encoding="utf-8"))[side][kind]
    if missing := [name for name in names if name not in photos]:
        raise UserError(f"the backbone was trained on {missing[0]}, which is kept for measuring")
    return [photos[name] for name in names]
