"""The multi-distortion set as data: a recipe an image, drawn, stored and rendered.

Pixels are a pure function of (source pixels, recipe): which worker renders, and when, makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exiqa.bank.taxonomy import Taxonomy, load_taxonomy
from exiqa.core.errors import UserError
from exiqa.core.files import atomic_path, canonical_json, sha256_hex
from exiqa.core.schema_error import describe_schema_error
from exiqa.iqadata.distortions.size import PUBLISHED_SIZE

_HEAD_KEY = b"exiqa_recipes"


class Recipe(BaseModel):
    """How one image is made from its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str = Field(pattern=r"^[0-9A-Za-z_]+$")
    """The image's id, unique in its set, and its file name's stem."""
    source: str
    """The pristine photo: its path relative to the folder of pristine photos, or a packaged photo's or scene's name."""
    source_sha256: str | None = None
    """SHA-256 of the source's file; None where it has none or it could not be read when the recipe was drawn."""
    distortions: tuple[str, ...] = Field(min_length=1)
    """Ids in the order of application, each at most once."""
    levels: tuple[int, ...]
    """One level for each distortion, from 1."""
    seed: int = Field(ge=0, lt=2**63)
    stretched: bool = False
    """Map the image to [0, 1] by its minimum and maximum before and after each distortion, as KADID-10k's generator
    does with its one. The paper does not say whether its multi-distortion set was made so."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Recipe:
        if len(self.levels) != len(self.distortions):
            raise ValueError("a recipe needs one level for each distortion")
        if len(set(self.distortions)) != len(self.distortions):
            raise ValueError("a recipe applies no distortion twice")
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of the recipe, 64 hex digits."""
        # Left out where it is not so, that recipes from before it could be said keep their hashes.
        content = self.model_dump(exclude=None if self.stretched else {"stretched"})
        return sha256_hex(canonical_json(content))


class RecipeHead(BaseModel):
    """What a set of recipes was drawn with; equal heads over the same photos give equal recipes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    taxonomy: Taxonomy
    """Its id names the level tables (`exiqa.iqadata.distortions.registry.level_table`); its distortions are those
    drawn from."""
    seed: int = Field(ge=0)
    images: int | None = Field(default=None, ge=1)
    """How many photos were drawn; None for all."""
    repeats: int = Field(ge=1)
    """How many images are made of each photo."""
    kmax: int = Field(ge=1)
    """At most this many distortions an image."""
    stretched: bool = False
    """`Recipe.stretched` of every recipe."""
    pixels: int = Field(default=1, ge=1)
    """`exiqa.iqadata.versions.PIXELS_VERSION` at the drawing; recipes from before it was written down
    are of version 1."""
    own_versions: dict[str, int] = Field(default_factory=dict)
    """Those of the distortions that other packages add, at the drawing."""


def derive_seed(*parts: str | int) -> int:
    """A seed in [0, 2^63) that depends on nothing but the parts: the same on any machine, in any order of work."""
    return int(sha256_hex(canonical_json(parts))[:16], 16) >> 1


def recipe_head(
    distortions: str | Path,
    *,
    seed: int,
    repeats: int,
    images: int | None = None,
    kmax: int | None = None,
    stretched: bool = False,
) -> RecipeHead:
    """What a set of recipes is drawn with, checked.

    Args:
        distortions: A taxonomy's name or TOML file.
        seed: Of every draw, from 0.
        repeats: Images made of each photo.
        images: How many photos are drawn; all by default.
        kmax: At most so many distortions an image; by default as many as the taxonomy has.
        stretched: `Recipe.stretched` of every recipe.

    Raises:
        UserError: This package cannot apply the taxonomy's distortions, or a number is out of range.
    """
    from exiqa.iqadata.distortions.registry import own_versions
    from exiqa.iqadata.versions import PIXELS_VERSION

    taxonomy = load_taxonomy(distortions)
    check_rendered(taxonomy)
    most = len(taxonomy.ids)
    kmax = most if kmax is None else kmax
    if not 1 <= kmax <= most:
        raise UserError(
            f"at most {kmax} distortions an image was asked, and {taxonomy.id} has {most}; give 1 to {most}"
        )
    if seed < 0 or repeats < 1 or (images is not None and images < 1):
        raise UserError("the seed must be 0 or more, and the numbers of images and repeats 1 or more")
    return RecipeHead(
        taxonomy=taxonomy,
        seed=seed,
        images=images,
        repeats=repeats,
        kmax=kmax,
        stretched=stretched,
        pixels=PIXELS_VERSION,
        own_versions=own_versions(taxonomy.ids),
    )


def check_rendered(taxonomy: Taxonomy) -> None:
    """Refuse a taxonomy whose distortions cannot be applied here.

    Raises:
        UserError: A distortion is known to no package here, cannot be imported, or has fewer levels.
    """
    from exiqa.iqadata.distortions.registry import DISTORTIONS, OWN, level_table, levels_of

    table = level_table(taxonomy.id)
    for distortion in taxonomy.distortions:
        if table == OWN and distortion.id not in DISTORTIONS:
            raise UserError(
                f"the distortion {distortion.id!r} of taxonomy {taxonomy.id} cannot be rendered: no package here adds "
                f"it as an entry point of {DISTORTIONS.group}"
            )
        known = len(levels_of(table, distortion.id))
        if distortion.levels > known:
            whose = f"{distortion.id} itself" if table == OWN else table
            raise UserError(
                f"taxonomy {taxonomy.id} gives {distortion.id} {distortion.levels} levels, and {whose} has {known}"
            )


def choose_sources(sources: Iterable[str], head: RecipeHead) -> tuple[str, ...]:
    """The photos to distort, sorted: all, or `head.images` of them drawn without replacement.

    The draw orders photos by a hash of seed and name, so a photo more or less changes one place of the draw.

    Raises:
        UserError: There are fewer photos than asked.
    """
    names = sorted(sources)
    if head.images is None:
        return tuple(names)
    if len(names) < head.images:
        raise UserError(f"{head.images} photos were asked and the folder holds {len(names)}; ask for fewer")
    return tuple(sorted(sorted(names, key=lambda name: derive_seed("draw", head.seed, name))[: head.images]))


def draw_recipes(
    sources: Sequence[str],
    head: RecipeHead,
    hashes: Mapping[str, str] | None = None,
    sizes: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[Recipe, ...]:
    """`head.repeats` recipes for each source, as the paper draws them (section V-A).

    K is uniform on 1..kmax, K distortions are drawn without replacement in random order, each at a level uniform
    on its levels. Unlike the paper's, levels that change nothing, or look like another one, in a source of its size
    (`exiqa.iqadata.certifying.sizes`) are not drawn, nor is a distortion without any other level.
    A source's recipes depend on its name, its size and the head, not on the other sources; ids do, being the
    source's place and the repeat.

    Args:
        sources: Names of the photos.
        head: What is drawn from.
        hashes: The SHA-256 of the sources' files where known.
        sizes: Their (height, width), 512×384 where not known.
    """
    width = max(6, len(str(len(sources))))
    recipes = []
    for place, source in enumerate(sources):
        drawn = _drawable(head.taxonomy, (sizes or {}).get(source, PUBLISHED_SIZE))
        distortions = list(drawn)
        for repeat in range(head.repeats):
            rng = np.random.default_rng(derive_seed("recipe", head.seed, source, repeat))
            count = int(rng.integers(1, min(head.kmax, len(distortions)) + 1))
            chosen = [distortions[index] for index in rng.permutation(len(distortions))[:count]]
            recipes.append(
                Recipe(
                    image=f"{place:0{width}d}_{repeat:02d}",
                    source=source,
                    source_sha256=(hashes or {}).get(source),
                    distortions=tuple(chosen),
                    levels=tuple(drawn[name][int(rng.integers(len(drawn[name])))] for name in chosen),
                    seed=int(rng.integers(2**63)),
                    stretched=head.stretched,
                )
            )
    return tuple(recipes)


def _drawable(taxonomy: Taxonomy, size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """Distortion id -> its levels that can be told apart at `size` (height, width); those that have any."""
    from exiqa.iqadata.certifying.sizes import distinguishable_levels
    from exiqa.iqadata.distortions.registry import level_table

    levels = {
        distortion.id: tuple(
            level
            for level in distinguishable_levels(level_table(taxonomy.id), distortion.id, *size)
            if level <= distortion.levels
        )
        for distortion in taxonomy.distortions
    }
    if not any(levels.values()):
        raise UserError(
            f"no level of {taxonomy.id}'s distortions changes a photo of {size[1]}x{size[0]} pixels; use larger photos"
        )
    return {distortion: distinguishable for distortion, distinguishable in levels.items() if distinguishable}


def render_recipe(pixels: np.ndarray, recipe: Recipe, dataset: str) -> np.ndarray:
    """The image a recipe makes of its source.

    Values stay float32 between distortions, are clipped to [0, 1] after each (or mapped to it, where the recipe says
    `stretched`), and are rounded once at the end.

    Args:
        pixels: The source, (H, W, 3) uint8 sRGB.
        recipe: What is done to it.
        dataset: Whose level tables the recipe's levels mean: `level_table` of the taxonomy.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    from exiqa.iqadata.distortions.registry import distort

    image = pixels.astype(np.float32) / np.float32(255)
    for step, (distortion, level) in enumerate(zip(recipe.distortions, recipe.levels, strict=True)):
        seed = derive_seed("step", recipe.seed, step)
        image = distort(image, distortion, level, dataset=dataset, seed=seed, stretched=recipe.stretched)
    return np.rint(image * np.float32(255)).astype(np.uint8)


def save_recipes(path: Path, head: RecipeHead, recipes: Sequence[Recipe]) -> None:
    """Write recipes as Parquet, one row an image, the head in the file's metadata. The bytes repeat exactly."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("source_sha256", pa.string()),
            pa.field("distortions", pa.list_(pa.string()), nullable=False),
            pa.field("levels", pa.list_(pa.int16()), nullable=False),
            pa.field("seed", pa.int64(), nullable=False),
            pa.field("stretched", pa.bool_(), nullable=False),
        ],
        # Left out where there are none, that sets from before there were any keep their bytes.
        metadata={_HEAD_KEY: head.model_dump_json(exclude=None if head.own_versions else {"own_versions"}).encode()},
    )
    columns = {name: [getattr(recipe, name) for recipe in recipes] for name in schema.names}
    with atomic_path(path) as temporary:
        parquet.write_table(pa.table(columns, schema=schema), temporary, compression="zstd")


def load_recipes(path: Path) -> tuple[RecipeHead, tuple[Recipe, ...]]:
    """Read what `save_recipes` wrote.

    Raises:
        UserError: The file is missing or is not such a file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        raise UserError(f"there is no {path}; make the set with `exiqa data synth`")
    try:
        table = parquet.read_table(path)
        head = RecipeHead.model_validate_json((table.schema.metadata or {})[_HEAD_KEY])
        recipes = tuple(Recipe.model_validate(row) for row in table.to_pylist())
    except (pa.ArrowException, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path} is not a table of recipes ({reason}); make the set again in a new folder") from None
    except ValidationError as error:
        reason = describe_schema_error(error, RecipeHead if error.title == RecipeHead.__name__ else Recipe)
        raise UserError(f"{path} is not a table of recipes ({reason}); make the set again in a new folder") from None
    if len({recipe.image for recipe in recipes}) != len(recipes):
        raise UserError(f"{path} holds an image twice; make the set again in a new folder")
    unknown = {name for recipe in recipes for name in recipe.distortions} - set(head.taxonomy.ids)
    if unknown:
        raise UserError(f"{path} applies {min(unknown)!r}, which its taxonomy lacks; make the set again")
    return head, recipes
