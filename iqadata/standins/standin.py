"""Stand-ins: small datasets with the distortions and levels of the real ones, made with no download.

Every protocol and table runs on them, the ones across datasets included, since no photo and no scene is in two
stand-ins. What they cannot give is opinions: their scores are a proxy (`exiqa.iqadata.standins.proxy`), and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import numpy as np

from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.core.image_io import read_photo
from exiqa.iqadata.certifying.sizes import distinguishable, distinguishable_levels
from exiqa.iqadata.datasets.dataset import Dataset, ScoreInfo
from exiqa.iqadata.distortions.levels import STRETCHED
from exiqa.iqadata.distortions.registry import level_table, own_versions
from exiqa.iqadata.distortions.strength import StrengthMap
from exiqa.iqadata.photos import fit, list_photos, read_packaged_photo
from exiqa.iqadata.standins import proxy
from exiqa.iqadata.standins.opinions import nearest_rated, opinion
from exiqa.iqadata.standins.scenes import scene
from exiqa.iqadata.standins.specs import SCENES, STANDINS, StandinSpec
from exiqa.iqadata.synthesis.recipe import (
    Recipe,
    RecipeHead,
    check_rendered,
    derive_seed,
    draw_recipes,
    render_recipe,
)
from exiqa.iqadata.synthesis.recipe_dataset import recipe_dataset
from exiqa.iqadata.versions import PIXELS_VERSION

Scores = Literal["proxy", "published"]
PUBLISHED = "published mean opinion"
"""The name of a score that is the mean opinion published of an image's distortion and level."""


@dataclass(frozen=True)
class Source:
    """Where a reference's pixels come from: a packaged photo, a procedural scene, or a user's file."""

    name: str
    photo: str = ""
    seed: int = -1
    path: str = ""


LARGEST_SIDE = 4096


# A reference is asked for once for each of its distorted images, mostly one after the other.
@lru_cache(maxsize=24)
def reference_pixels(source: Source, height: int, width: int) -> np.ndarray:
    """A reference fitted to (height, width): (height, width, 3) uint8 sRGB, read-only."""
    if source.seed >= 0:
        pixels = scene(source.seed, height, width)
    elif source.photo:
        pixels = fit(read_packaged_photo(source.photo), height, width)
    else:
        pixels = fit(read_photo(Path(source.path)), height, width)
    pixels.flags.writeable = False
    return pixels


@dataclass(frozen=True)
class StandinPixels:
    """Row number -> (height, width, 3) uint8 sRGB pixels, rendered when asked. Picklable."""

    levels: str
    """Whose levels the recipes mean (`level_table`)."""
    height: int
    width: int
    recipes: tuple[Recipe, ...]
    sources: dict[str, Source]

    def reference(self, key: str) -> np.ndarray:
        """A reference by its name: (height, width, 3) uint8 sRGB, read-only."""
        return reference_pixels(self.sources[key], self.height, self.width)

    def fidelity(self) -> np.ndarray:
        """(N, len(METRICS)) full-reference scores of all images, from the cache where they are in it."""
        # Everything that the pixels follow from but this package's code.
        content: dict[str, object] = {
            "taxonomy": self.levels,
            "size": [self.height, self.width],
            "recipes": [recipe.hash for recipe in self.recipes],
            "sources": sorted(self.sources),
        }
        if versions := own_versions({distortion for recipe in self.recipes for distortion in recipe.distortions}):
            content["distortions"] = versions
        return proxy.cached_fidelity(self, self.reference, [recipe.source for recipe in self.recipes], content)

    def __call__(self, row: int) -> np.ndarray:
        recipe = self.recipes[row]
        return render_recipe(self.reference(recipe.source), recipe, self.levels)


def standin(
    name: str,
    *,
    seed: int = 0,
    height: int = 384,
    width: int = 512,
    distortions: Sequence[str] | None = None,
    references: int | None = None,
    pristine: Path | None = None,
    taxonomy: str | Path | None = None,
    strength_map: StrengthMap = "level",
    scores: Scores = "proxy",
) -> Dataset:
    """A stand-in dataset.

    Scores are the anchored proxy, computed once and cached; `mini-exiqa`, whose images have several distortions,
    has none, as the set it stands for has none.

    Args:
        name: One of `STANDINS`.
        seed: Of the distortions' random draws; photos and scenes do not depend on it.
        height: Pixels of every image; levels that cannot be told apart at that size (`exiqa.iqadata.certifying.sizes`)
            are left out.
        width: Likewise.
        distortions: A subset of the taxonomy's ids; all by default.
        references: How many photos and scenes; `StandinSpec.references` by default.
        pristine: A folder of photos to use instead. Its photos are dealt out to the six stand-ins by their content,
            so that each stand-in has a sixth of them and no photo is in two.
        taxonomy: A taxonomy's name or TOML file whose distortions are applied instead of the real dataset's.
        strength_map: "level" or "magnitude".
        scores: "proxy", or "published": the published mean opinion of each distortion and level itself, the same for
            every photo (`exiqa.iqadata.standins.published_opinions`), without a full-reference metric.

    Raises:
        UserError: There is no such stand-in or distortion, a distortion cannot be applied or has no opinions to go by,
            or the folder holds too few photos.
    """
    if name not in STANDINS:
        raise UserError(f"there is no stand-in {name!r}; choose one of {', '.join(STANDINS)}")
    if min(height, width) < 32 or (references is not None and references < 1):
        raise UserError("a stand-in needs sides of at least 32 pixels and at least one reference")
    if max(height, width) > LARGEST_SIDE:
        raise UserError(f"{name}: {width}x{height} pixels; the sides of a stand-in have at most {LARGEST_SIDE}")
    if not 0 <= seed < 2**31:
        raise UserError(f"{name}: the seed {seed} is not from 0 to {2**31 - 1}")
    spec = STANDINS[name]
    if taxonomy is not None:
        spec = replace(spec, taxonomy=str(taxonomy))
    sources = _pristine_sources(name, pristine, references) if pristine else _sources(spec, references)
    kind = "photos" if pristine else "packaged photos and procedural scenes"
    return dataset_of(
        name, spec, sources, kind, seed=seed, height=height, width=width, distortions=distortions,
        strength_map=strength_map, scores=scores,
    )  # fmt: skip


def dataset_of(
    name: str,
    spec: StandinSpec,
    sources: Sequence[Source],
    kind: str,
    *,
    seed: int = 0,
    height: int = 384,
    width: int = 512,
    distortions: Sequence[str] | None = None,
    strength_map: StrengthMap = "level",
    scores: Scores = "proxy",
) -> Dataset:
    """`standin` of any references, such as `photo_sources` gives; `kind` says what they are.

    Raises:
        UserError: There is no such distortion, it cannot be applied, or it has no opinions to go by.
    """
    taxonomy = load_taxonomy(spec.taxonomy)
    check_rendered(taxonomy)
    unknown = sorted(set(taxonomy.ids if distortions is None else distortions or ("",)) - set(taxonomy.ids))
    if unknown:
        raise UserError(f"{name} has no distortion {unknown[0]!r}; choose from {', '.join(taxonomy.ids)}")
    chosen = tuple(d for d in taxonomy.distortions if distortions is None or d.id in distortions)
    unrated = [] if spec.repeats else [d.id for d in chosen if nearest_rated(taxonomy.id, d.id) is None]
    if unrated:
        raise UserError(
            f"{name} cannot score {unrated[0]!r}, which no public data set has rated; name the nearest distortion that "
            "one has rated as `kin` in its spec"
        )
    recipes = _recipes(spec, taxonomy.model_copy(update={"distortions": chosen}), sources, seed, (height, width))
    if not recipes:
        raise UserError(
            f"{name} is empty at {width}x{height} pixels, where none of its levels shows; give a larger size"
        )
    pixels = StandinPixels(
        level_table(taxonomy.id), height, width, recipes, {source.name: source for source in sources}
    )
    make = partial(
        recipe_dataset,
        name,
        taxonomy,
        recipes,
        pixels,
        distortions=tuple(distortion.id for distortion in chosen),
        strength_map=strength_map,
    )
    left_out = _left_out(taxonomy.model_copy(update={"distortions": chosen}), (height, width))
    origin = f"{name} is a stand-in made of {len(sources)} {kind}"
    if spec.repeats:
        return make(notes=(f"{origin}, without scores", *left_out))
    level_counts = {distortion.id: distortion.levels for distortion in chosen}
    if scores == "published":
        means = np.array([opinion(taxonomy.id, d, n, level_counts[d])[0] for d, n in map(_only, recipes)])
        return make(
            scores=means,
            raw_scores=spec.raw(means).round(6),
            score_info=ScoreInfo(PUBLISHED, spec.raw_direction, spec.formula),
            notes=(f"{origin}; each has the published mean opinion of its distortion and level", *left_out),
        )
    anchored = proxy.anchored_scores(
        taxonomy.id,
        np.array([recipe.distortions[0] for recipe in recipes]),
        np.array([recipe.levels[0] for recipe in recipes]),
        level_counts,
        pixels.fidelity(),
    ).round(4)
    return make(
        scores=anchored,
        raw_scores=spec.raw(anchored).round(6),
        score_info=ScoreInfo(proxy.NAME, spec.raw_direction, spec.formula, proxy=True),
        notes=(
            f"{origin}; its scores are a proxy, not opinions of these images: the published mean opinion of each "
            "distortion and level, moved within the published spread by full-reference metrics",
            *left_out,
        ),
    )


def _only(recipe: Recipe) -> tuple[str, int]:
    """(distortion, level) of an image that has one."""
    return recipe.distortions[0], recipe.levels[0]


def _recipes(
    spec: StandinSpec, taxonomy: Taxonomy, sources: Sequence[Source], seed: int, size: tuple[int, int]
) -> tuple[Recipe, ...]:
    if spec.repeats:
        head = RecipeHead(
            taxonomy=taxonomy,
            seed=seed,
            repeats=spec.repeats,
            kmax=spec.kmax or len(taxonomy.distortions),
            pixels=PIXELS_VERSION,
            own_versions=own_versions(taxonomy.ids),
        )
        names = [source.name for source in sources]
        return draw_recipes(names, head, sizes=dict.fromkeys(names, size))
    return tuple(
        Recipe(
            image=f"{source.name}_{distortion.id}_{level}",
            source=source.name,
            distortions=(distortion.id,),
            levels=(level,),
            seed=derive_seed(source.name, distortion.id, level, seed),
            stretched=taxonomy.id in STRETCHED,
        )
        for source in sources
        for distortion in taxonomy.distortions
        for level in distinguishable_levels(level_table(taxonomy.id), distortion.id, *size)
        if level <= distortion.levels
    )


def _left_out(taxonomy: Taxonomy, size: tuple[int, int]) -> tuple[str, ...]:
    """A note on the levels that `_recipes` leaves out; none where there are none."""
    levels = [(one.id, level) for one in taxonomy.distortions for level in range(1, one.levels + 1)]
    lost = [
        f"{distortion} {level}"
        for distortion, level in levels
        if not distinguishable(level_table(taxonomy.id), distortion, level, *size)
    ]
    if not lost:
        return ()
    return (
        f"without {len(lost)} of {len(levels)} levels, which cannot be told apart at {size[1]}×{size[0]}: "
        f"{', '.join(lost)}",
    )


def _sources(spec: StandinSpec, references: int | None) -> tuple[Source, ...]:
    count = spec.references if references is None else references
    if count > SCENES:
        raise UserError(f"a stand-in has at most {SCENES} references, not {count}")
    photos = [Source(name=photo, photo=photo) for photo in spec.photos[:count]]
    seeds = range(spec.scenes, spec.scenes + count - len(photos))
    return (*photos, *(Source(name=f"scene{seed}", seed=seed) for seed in seeds))


def photo_sources(files: Sequence[Path]) -> tuple[Source, ...]:
    """References from photo files, named by their content, each content once.

    Raises:
        UserError: A file is not a whole image; told before any work is done.
    """
    contents: dict[str, Path] = {}
    for file in files:
        read_photo(file)
        contents.setdefault(sha256_file(file), file)
    return tuple(Source(name=f"photo{sha[:12]}", path=str(path)) for sha, path in sorted(contents.items()))


def _pristine_sources(name: str, folder: Path, references: int | None) -> tuple[Source, ...]:
    """This stand-in's share of a folder's photos."""
    photos = photo_sources([folder / photo for photo in list_photos(folder)])
    share = photos[list(STANDINS).index(name) :: len(STANDINS)]
    if len(share) < (references or 1):
        raise UserError(
            f"{folder} has {len(photos)} different photos, of which {name} gets every {len(STANDINS)}th: "
            f"{len(share)}, and {references or 1} are needed; add photos"
        )
    return share[:references]
