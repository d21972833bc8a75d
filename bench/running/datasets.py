"""The data sets of a run: where the user has them, their facts without opening them again, and each opened once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from exiqa.bench.running.suites.choices import DatasetChoice
from exiqa.bench.running.suites.suite_checks import unknown
from exiqa.bench.running.versions import backbone_version, data_versions
from exiqa.core.errors import UserError
from exiqa.core.files import cache_dir, canonical_json, sha256_hex
from exiqa.core.sealed_text import read_sealed, write_sealed
from exiqa.iqadata.versions import SPLITS_VERSION

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
    has_references: bool
    """Whether the pixels of its references are at hand."""
    ratings: tuple[str, ...] = ()
    """What people rated in its images beside their quality."""
    strength_map: str
    splits: dict[str, str] = {}
    """The hash of each split asked for so far, by "ratio seed"."""


class DatasetLocation(BaseModel):
    """A data set of a suite and where the user has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    choice: DatasetChoice
    folder: Path | None
    """What `--data NAME=DIR` gave; stand-ins need none."""
    backbones: tuple[str, ...] = ()
    """Those of all cells that train or test on it: what they were pretrained on is not tested on."""

    @property
    def is_standin(self) -> bool:
        """Whether its images are made, and not read."""
        return self.choice.data.startswith("mini-")

    def key(self) -> str:
        """SHA-256 of everything its content and splits follow from: the choice, the versions of what reads it, and the
        files' names, sizes and times, so that a file that is replaced asks for a new look."""
        files = [_listing(path) for path in (self.folder, *_paths(self.choice.options)) if path is not None]
        if self.choice.data.startswith("table:"):
            files.append(_listing(Path(self.choice.data.removeprefix("table:"))))
        choice = self.choice.model_dump(include={"data", "options", "strength_map"}, mode="json")
        versions = {"splits": SPLITS_VERSION, **data_versions(self.choice.data, self.choice.options)}
        weights = [Path(spec.partition("@")[2]) for spec in self.backbones if "@" in spec]
        backbones = [[spec, backbone_version(spec)] for spec in self.backbones] + [_listing(path) for path in weights]
        return sha256_hex(canonical_json([choice, str(self.folder), files, versions, backbones]))


def dataset_locations(
    choices: Mapping[str, DatasetChoice],
    folders: Mapping[str, Path],
    backbones: Mapping[str, Collection[str]] | None = None,
) -> dict[str, DatasetLocation]:
    """Each data set with its folder, and with the backbones that see it, by its name.

    Raises:
        UserError: A folder is given for a data set that is not among them.
    """
    for name in folders:
        if name not in choices:
            raise UserError(f"--data {name}: the suite has no data set of that name; it has {', '.join(choices)}")
    seen_by = backbones or {}
    return {
        name: DatasetLocation(
            name=name, choice=choice, folder=folders.get(name), backbones=tuple(sorted(seen_by.get(name, ())))
        )
        for name, choice in choices.items()
    }


def open_dataset(location: DatasetLocation) -> Dataset:
    """The data set under its name in the suite; what its backbones were pretrained on is kept on the training side.

    Raises:
        UserError: It is not given, is not whole, or has no such strength map.
    """
    from exiqa.iqadata.catalog.loading import DATASETS, load_dataset
    from exiqa.iqadata.standins.standin import standin

    choice = location.choice
    if location.folder is None and choice.data in DATASETS:
        raise UserError(f"the data set is not given: --data {location.name}=DIR")
    if location.is_standin:
        known = [name for name in inspect.signature(standin).parameters if name not in ("name", "strength_map")]
        for option in choice.options:
            if option not in known:
                raise UserError(f"{location.name}: {unknown('option of a stand-in', option, known)}")
    dataset = load_dataset(choice.data, location.folder, choice.strength_map or "level", **choice.options)
    if dataset.strength_map != choice.strength_map:
        raise UserError(
            f"{location.name} has its strengths by the map {dataset.strength_map!r}, not {choice.strength_map!r}; set "
            f'strength_map = "{dataset.strength_map}" in [datasets.{location.name}]'
        )
    if location.backbones:
        from exiqa.model.backbones.met_photos import keep_in_training

        dataset = keep_in_training(dataset, location.backbones)
    return replace(dataset, name=location.name)


def cached_dataset(location: DatasetLocation, work: Path | None = None) -> Dataset:
    """`open_dataset`, once for all cells that a process runs, its pixels kept (`PixelCache`).

    Args:
        location: The data set.
        work: A folder for what processes share, where stand-ins keep their pixels: an image with several distortions
            takes longer to make than the rest of a cell needs for it.
    """
    return _cached(location.model_dump_json(), location.key(), work)


@lru_cache(maxsize=8)
def _cached(location: str, key: str, work: Path | None) -> Dataset:
    from exiqa.iqadata.datasets.pixel_cache import PixelCache

    opened = DatasetLocation.model_validate_json(location)
    dataset = open_dataset(opened)
    folder = work / "pixels" / key[:32] if work and opened.is_standin else None
    return replace(dataset, load=PixelCache(dataset.load, content=key, folder=folder))


def dataset_facts(location: DatasetLocation, splits: Sequence[tuple[str, int]]) -> DatasetFacts:
    """The facts of a data set: from the user's cache if nothing has changed since, else by opening the data set.

    Args:
        location: The data set.
        splits: (ratio, seed) of the splits whose hashes are asked for.

    Raises:
        UserError: As `open_dataset`.
    """
    path = cache_dir() / "bench" / f"{location.key()}.json"
    wanted = {f"{ratio} {seed}" for ratio, seed in splits}
    known: dict[str, str] = {}
    try:
        facts = DatasetFacts.model_validate_json(read_sealed(path) or "")
        if wanted <= facts.splits.keys():
            return facts
        known = facts.splits
    except ValidationError:
        pass  # not looked at yet, or by another version
    from exiqa.iqadata.datasets.splits import make_split

    dataset = cached_dataset(location)
    hashes = {f"{ratio} {seed}": make_split(dataset, seed, ratio).hash for ratio, seed in splits}
    facts = DatasetFacts(
        hash=dataset.hash,
        images=len(dataset),
        references=len(dataset.references),
        distortions=dataset.distortions,
        has_scores=dataset.score_info is not None,
        has_references=dataset.has_references,
        ratings=() if dataset.ratings is None else tuple(dataset.ratings.columns),
        strength_map=dataset.strength_map,
        splits={**known, **hashes},
    )
    write_sealed(path, facts.model_dump_json(indent=1) + "\n")
    return facts


def _paths(options: Mapping[str, Any]) -> list[Path]:
    """The options that name a file or folder that exists."""
    return [Path(value) for value in options.values() if isinstance(value, str) and Path(value).exists()]


def _listing(path: Path) -> list[Any]:
    """What is at a path, without reading it: a file's size and time, or those of all files of a folder."""
    if not path.exists():
        return [str(path)]
    if path.is_file():
        return [str(path), path.stat().st_size, path.stat().st_mtime_ns]
    files_found = []
    for folder, folders, files in os.walk(path):
        folders.sort()
        for file in sorted(files):
            status = os.stat(os.path.join(folder, file))
            files_found.append([os.path.relpath(folder, path), file, status.st_size, status.st_mtime_ns])
    return [str(path), sha256_hex(canonical_json(files_found))]
