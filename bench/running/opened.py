"""The data sets of a run: their facts without opening them again, and their pixels read once a process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from exiqa.bench.cells.sources import data_sources_hash
from exiqa.bench.running.suite import DatasetChoice
from exiqa.core.errors import UserError
from exiqa.core.files import cache_dir, canonical_json, sha256_hex, write_text

if TYPE_CHECKING:
    from exiqa.iqadata.datasets.dataset import Dataset


class DatasetFacts(BaseModel):
    """What a plan has to know of a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    images: int
    references: int
    distortions: tuple[str, ...]
    has_scores: bool
    strength_map: str
    splits: dict[str, str] = {}
    """The hash of each split asked for so far, by "ratio seed"."""


class Place(BaseModel):
    """A data set of a suite and where the user has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    choice: DatasetChoice
    folder: Path | None
    """What `--data NAME=DIR` gave; stand-ins need none."""

    def key(self) -> str:
        """SHA-256 of everything its content follows from: the choice, the code that reads it, and the files' names,
        sizes and times, so that a file that is replaced asks for a new look."""
        files = [_listed(path) for path in (self.folder, *_paths(self.choice.options)) if path is not None]
        if self.choice.data.startswith("table:"):
            files.append(_listed(Path(self.choice.data.removeprefix("table:"))))
        said = self.choice.model_dump(include={"data", "options", "strength_map"}, mode="json")
        return sha256_hex(canonical_json([said, str(self.folder), files, data_sources_hash()]))


def places(choices: Mapping[str, DatasetChoice], folders: Mapping[str, Path]) -> dict[str, Place]:
    """Each data set with its folder. Raises UserError for a folder of a data set that is not among them."""
    for name in folders:
        if name not in choices:
            raise UserError(f"--data {name}: the suite has no data set of that name; it has {', '.join(choices)}")
    return {name: Place(name=name, choice=choice, folder=folders.get(name)) for name, choice in choices.items()}


def open_place(place: Place) -> Dataset:
    """The data set under its name in the suite.

    Raises UserError where it is not given, is not whole, or has no such strength map.
    """
    from exiqa.iqadata.datasets.loading import DATASETS, load_dataset

    choice = place.choice
    if place.folder is None and choice.data in DATASETS:
        raise UserError(f"the data set is not given: --data {place.name}=DIR")
    made = load_dataset(choice.data, place.folder, choice.strength_map or "level", **choice.options)
    if made.strength_map != choice.strength_map:
        raise UserError(
            f"{place.name} has its strengths by the map {made.strength_map!r}, not {choice.strength_map!r}; set "
            f'strength_map = "{made.strength_map}" in [datasets.{place.name}]'
        )
    return replace(made, name=place.name)


def opened(place: Place) -> Dataset:
    """`open_place`, once for all cells that a process runs, its pixels kept (`PixelCache`)."""
    return _opened(place.model_dump_json(), place.key())


@lru_cache(maxsize=8)
def _opened(place: str, key: str) -> Dataset:
    from exiqa.iqadata.datasets.pixel_cache import PixelCache

    dataset = open_place(Place.model_validate_json(place))
    return replace(dataset, load=PixelCache(dataset.load, content=key))


def facts_of(place: Place, splits: Sequence[tuple[str, int]]) -> DatasetFacts:
    """The facts of a data set, with the hashes of its splits of these (ratio, seed): from the user's cache where they
    are in it and nothing has changed, else by opening the data set. Raises UserError as `open_place`."""
    path = cache_dir() / "bench" / f"{place.key()}.json"
    wanted = {f"{ratio} {seed}" for ratio, seed in splits}
    known: dict[str, str] = {}
    try:
        facts = DatasetFacts.model_validate_json(path.read_text(encoding="utf-8"))
        if wanted <= facts.splits.keys():
            return facts
        known = facts.splits
    except (OSError, ValidationError):
        pass  # not looked at yet, or by another version
    from exiqa.iqadata.datasets.splits import make_split

    dataset = opened(place)
    made = {f"{ratio} {seed}": make_split(dataset, seed, ratio).hash for ratio, seed in splits}
    facts = DatasetFacts(
        hash=dataset.hash,
        images=len(dataset),
        references=len(dataset.references),
        distortions=dataset.distortions,
        has_scores=dataset.score_info is not None,
        strength_map=dataset.strength_map,
        splits={**known, **made},
    )
    write_text(path, facts.model_dump_json(indent=1) + "\n")
    return facts


def _paths(options: Mapping[str, Any]) -> list[Path]:
    """The options that name a file or folder that is there."""
    return [Path(value) for value in options.values() if isinstance(value, str) and Path(value).exists()]


def _listed(path: Path) -> list[Any]:
    """What is at a path, without reading it: a file's size and time, or those of all files of a folder."""
    if not path.exists():
        return [str(path)]
    if path.is_file():
        return [str(path), path.stat().st_size, path.stat().st_mtime_ns]
    found = []
    for folder, folders, files in os.walk(path):
        folders.sort()
        for entry in sorted(files):
            about = os.stat(os.path.join(folder, entry))
            found.append([os.path.relpath(folder, path), entry, about.st_size, about.st_mtime_ns])
    return [str(path), sha256_hex(canonical_json(found))]
