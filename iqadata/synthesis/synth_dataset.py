"""The multi-distortion set as a dataset, from the folder that `exiqa data synth` made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.distortions.registry import level_table, own_versions
from exiqa.iqadata.distortions.strength import StrengthMap
from exiqa.iqadata.synthesis.recipe import Recipe, load_recipes, render_recipe
from exiqa.iqadata.synthesis.recipe_dataset import recipe_dataset
from exiqa.iqadata.synthesis.synth import IMAGES, ORIGIN, RECIPES, read_skipped
from exiqa.iqadata.synthesis.worker import image_path, read_source
from exiqa.iqadata.versions import PIXELS_VERSION


@dataclass(frozen=True)
class SynthPixels:
    """Row number -> (H, W, 3) uint8 sRGB: the image's file where there is one, else rendered on the fly. Picklable."""

    images: Path
    pristine: Path
    dataset: str
    recipes: tuple[Recipe, ...]

    def __call__(self, row: int) -> np.ndarray:
        from exiqa.core.image_io import read_photo

        recipe = self.recipes[row]
        path = image_path(self.images, recipe.image)
        if path.exists():
            return read_photo(path)
        return render_recipe(read_source(self.pristine, recipe), recipe, self.dataset)

    def reference(self, key: str) -> np.ndarray:
        """A photo by its path below the folder of photos: (H, W, 3) uint8 sRGB."""
        from exiqa.core.image_io import read_photo

        return read_photo(self.pristine / key)


def synth_dataset(root: Path, strength_map: StrengthMap = "level", pristine: Path | None = None) -> Dataset:
    """The set in a folder as dataset `exiqa`: several distortions an image, no scores.

    Photos and images that `synthesise` skipped are left out, with a note.

    Args:
        root: The folder.
        strength_map: "level" or "magnitude".
        pristine: Where the photos are now, if the folder was moved since; they are needed for images without a file.

    Raises:
        UserError: `root` holds no such set, or an image has no file and the photos are gone.
    """
    head, recipes = load_recipes(root / RECIPES)
    skipped = read_skipped(root)
    sources = {problem.source for problem in skipped if not problem.image}
    images = {problem.image for problem in skipped}
    kept = tuple(recipe for recipe in recipes if recipe.source not in sources and recipe.image not in images)
    if not kept:
        raise UserError(f"{root} holds no usable image: all were skipped; see skipped.json")
    pristine = pristine or _origin(root)
    whole = all(image_path(root / IMAGES, recipe.image).exists() for recipe in kept)
    if not pristine.is_dir() and not whole:
        raise UserError(f"{root} has images without a file and their photos are not at {pristine}; name their folder")
    if head.pixels != PIXELS_VERSION and not whole:
        raise UserError(
            f"{root} has images without a file and was drawn for version {head.pixels} of the distortions; "
            f"this is version {PIXELS_VERSION}: make the set again in a new folder"
        )
    if not whole and own_versions(head.taxonomy.ids) != head.own_versions:
        raise UserError(
            f"{root} has images without a file and was drawn for other versions of {', '.join(head.own_versions)}; "
            "make the set again in a new folder"
        )
    notes = (f"{len(recipes) - len(kept)} of {len(recipes)} images were skipped: see skipped.json",) if skipped else ()
    pixels = SynthPixels(root / IMAGES, pristine, level_table(head.taxonomy.id), kept)
    return recipe_dataset("exiqa", head.taxonomy, kept, pixels, strength_map=strength_map, notes=notes)


def _origin(root: Path) -> Path:
    try:
        return Path(json.loads(read_text(root / ORIGIN))["pristine"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{root} does not say where its photos are ({ORIGIN}); name their folder") from None
