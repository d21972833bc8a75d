"""Making the multi-distortion set: recipes first, then whatever images are missing, on one machine or many."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import canonical_json, only_one, parse_json, sha256_file, sha256_hex, write_text
from exiqa.core.image_io import photo_size
from exiqa.core.parallel import Workers, run_parallel
from exiqa.core.progress import Step
from exiqa.iqadata.distortions.registry import level_table
from exiqa.iqadata.photos import list_photos
from exiqa.iqadata.synthesis.recipe import Recipe, RecipeHead, choose_sources, draw_recipes, load_recipes, save_recipes
from exiqa.iqadata.synthesis.worker import (
    RenderBatch,
    SkippedImage,
    image_path,
    make_batches,
    probe_photo,
    render_batch,
    verify_batch,
)

RECIPES = "recipes.parquet"
IMAGES = "images"
SKIPPED = "skipped.json"
ORIGIN = "pristine.json"
_LOCK = ".lock"
_BATCH_SIZE = 16
"""Images a batch: enough that reading the photo once pays, few enough that an interruption costs little."""


@dataclass(frozen=True)
class SynthesisResult:
    """What a call of `synthesise` found and did."""

    total: int
    """Images that the recipes ask for."""
    present: int
    """Images that were there before, and whole as far as they were checked."""
    rendered: int
    damaged: tuple[str, ...]
    """With `verify`: images whose file was not what their recipe wrote; they were rendered again."""
    problems: tuple[SkippedImage, ...]
    """Photos and images that could not be used, sorted; also in `skipped.json`."""
    digest: str
    """With `verify`: SHA-256 over every image's id and pixel hash, equal for equal sets on any machine; else empty."""


def synthesise(
    pristine: Path,
    head: RecipeHead,
    out: Path,
    *,
    workers: Workers | None = None,
    pixels: bool = True,
    check: bool = False,
    step: Step = lambda done, total: None,
) -> SynthesisResult:
    """Make the set, or go on where an earlier call stopped: only missing images are rendered.

    What is written does not depend on the workers, nor on interruptions.

    Args:
        pristine: Folder of photos.
        head: What the recipes are drawn with.
        out: Gets `recipes.parquet`, `images/`, `pristine.json` (where the photos are), and `skipped.json` where some
            photo could not be used.
        workers: Where images are rendered; a process a core by default.
        pixels: False writes recipes only, to be rendered when loaded, and reads every photo once to see that it can be.
        check: First compare every image that is there with the hashes it carries, and render damaged ones again.
        step: Told (done, total) images.

    Raises:
        UserError: The folder holds a set made with other options, another call is at work in it, a worker dies, or an
            image cannot be written.
    """
    pristine, out = pristine.resolve(), out.resolve()
    if out == pristine or pristine in out.parents:
        raise UserError(f"{out} is inside the folder of pristine photos; choose another folder for the set")
    workers = workers or Workers()
    with only_one(out / _LOCK, f"another call is making the set in {out}; wait for it to end"):
        recipes, unusable = _plan(pristine, head, out)
        images = out / IMAGES
        _sweep(images)
        dataset = level_table(head.taxonomy.id)
        missing, damaged, digests = recipes, [], {}
        if pixels:
            missing = _missing(recipes, images)
            if check:
                absent = {recipe.image for recipe in missing}
                present = [recipe for recipe in recipes if recipe.image not in absent]
                digests = dict(
                    _spread(verify_batch, make_batches(present, pristine, images, dataset, _BATCH_SIZE), workers, step)
                )
                damaged = sorted(image for image, digest in digests.items() if digest is None)
                for image in damaged:
                    image_path(images, image).unlink()
                missing = _missing(recipes, images)
            problems = list(
                _spread(render_batch, make_batches(missing, pristine, images, dataset, _BATCH_SIZE), workers, step)
            )
        else:
            problems = list(
                _spread(probe_photo, make_batches(recipes, pristine, images, dataset, len(recipes)), workers, step)
            )
        _sweep(images)
        problems = sorted({*unusable, *problems}, key=lambda problem: (problem.source, problem.image))
        _write_skipped(out, problems)
        remaining = _missing(recipes, images) if pixels else ()
        rendered = len(missing) - len(remaining) if pixels else 0
        digest = ""
        if pixels and check:
            left = {recipe.image for recipe in remaining}
            fresh = [recipe for recipe in missing if recipe.image not in left]
            digests |= dict(
                _spread(verify_batch, make_batches(fresh, pristine, images, dataset, _BATCH_SIZE), workers, step)
            )
            digest = sha256_hex(
                canonical_json(
                    sorted((image, pixels_sha256) for image, pixels_sha256 in digests.items() if pixels_sha256)
                )
            )
    return SynthesisResult(
        total=len(recipes),
        present=len(recipes) - len(missing) if pixels else 0,
        rendered=rendered,
        damaged=tuple(damaged),
        problems=tuple(problems),
        digest=digest,
    )


def _plan(pristine: Path, head: RecipeHead, out: Path) -> tuple[tuple[Recipe, ...], list[SkippedImage]]:
    """The set's recipes, drawn on the first call and read back on every later one, and photos that can have none."""
    path = out / RECIPES
    if path.exists():
        stored, recipes = load_recipes(path)
        if stored != head:
            raise UserError(f"{out} holds a set {_difference(stored, head)}; give the same options or another folder")
        sources = {recipe.source for recipe in recipes}
        unusable = [problem for problem in read_skipped(out) if problem.source not in sources]
    else:
        unusable, names = [], []
        for name in list_photos(pristine):
            try:
                name.encode()
                names.append(name)
            except UnicodeEncodeError:
                shown = name.encode("utf-8", "backslashreplace").decode()
                unusable.append(SkippedImage(shown, "the file's name is not valid UTF-8; rename it"))
        chosen = choose_sources(names, head)
        recipes = draw_recipes(chosen, head, _hashes(pristine, chosen), _sizes(pristine, chosen))
        _write_skipped(out, unusable)
        save_recipes(path, head, recipes)
    write_text(out / ORIGIN, json.dumps({"pristine": str(pristine)}) + "\n")
    return recipes, unusable


def _difference(stored: RecipeHead, asked: RecipeHead) -> str:
    for field, name in (
        ("taxonomy", "of other distortions"),
        ("seed", "with seed {}"),
        ("images", "of {} photos"),
        ("repeats", "with {} repeats"),
        ("kmax", "with at most {} distortions an image"),
        ("pixels", "by version {} of the distortions"),
        ("own_versions", "by other versions of {}"),
    ):
        if getattr(stored, field) != getattr(asked, field):
            value = getattr(stored, field)
            value = ", ".join(value) if isinstance(value, dict) else value
            return name.format("all" if value is None else value)
    if stored.stretched != asked.stretched:
        return "with --stretch" if stored.stretched else "without --stretch"
    return "of another version"


def _hashes(pristine: Path, sources: Sequence[str]) -> dict[str, str]:
    """SHA-256 of each photo's file; one that cannot be read gets none here and is reported by its worker."""
    hashes = {}
    for source in sources:
        try:
            hashes[source] = sha256_file(pristine / source)
        except OSError:
            continue
    return hashes


def _sizes(pristine: Path, sources: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(height, width) of each photo's file; one that cannot be read gets none here and is reported by its worker."""
    sizes = {}
    for source in sources:
        try:
            sizes[source] = photo_size(pristine / source)
        except UserError:
            continue
    return sizes


def _missing(recipes: Sequence[Recipe], images: Path) -> tuple[Recipe, ...]:
    present = {entry.name for folder in _folders(images) for entry in os.scandir(folder)}
    return tuple(recipe for recipe in recipes if f"{recipe.image}.png" not in present)


def _folders(images: Path) -> list[Path]:
    return sorted(folder for folder in images.iterdir() if folder.is_dir()) if images.is_dir() else []


def _sweep(images: Path) -> None:
    """Remove the unfinished files that a killed worker left behind."""
    for folder in _folders(images):
        for unfinished in folder.glob(".*.png"):
            unfinished.unlink(missing_ok=True)


def read_skipped(out: Path) -> list[SkippedImage]:
    """What the last call could not use: the content of `skipped.json`, empty where there is none."""
    path = out / SKIPPED
    if not path.exists():
        return []
    try:
        return [SkippedImage(**entry) for entry in parse_json(read_text(path))]
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} is not a list of skipped photos ({error}); remove it") from None


def _write_skipped(out: Path, problems: Sequence[SkippedImage]) -> None:
    path = out / SKIPPED
    if problems:
        rows = [{"source": p.source, "image": p.image, "reason": p.reason} for p in problems]
        write_text(path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    else:
        path.unlink(missing_ok=True)


def _spread(
    work: Callable[[RenderBatch], list[Any]], batches: Sequence[RenderBatch], workers: Workers, step: Step
) -> Iterator[Any]:
    """Do each batch on some worker and yield what the batches return, in no particular order."""
    total = sum(len(batch.recipes) for batch in batches)
    if not total:
        return
    done = 0
    for count, results in run_parallel(partial(_counted, work), batches, workers):
        done += count
        step(done, total)
        yield from results


def _counted(work: Callable[[RenderBatch], list[Any]], batch: RenderBatch) -> tuple[int, list[Any]]:
    return len(batch.recipes), work(batch)
