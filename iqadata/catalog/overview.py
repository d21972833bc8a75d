"""Which data sets there are, what each needs, and which copies lie in a folder."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exiqa.core.errors import UserError
from exiqa.iqadata.catalog.loading import DATASETS, dataset_names
from exiqa.iqadata.datasets.spec import DatasetSpec
from exiqa.iqadata.datasets.specs import photos, table


@dataclass(frozen=True)
class KnownDataset:
    """A data set by the name that commands take."""

    name: str
    needs: str
    """What its folder holds, in words; empty where it needs none."""
    here: tuple[str, ...]
    """What commands take for the copies that were found: NAME=DIR, or NAME alone."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def known_datasets(folder: Path) -> list[KnownDataset]:
    """Every data set, and the copies of it in a folder and in the folders directly below.

    A copy is one whose labels can be read; whether it is whole, `check_dataset` says. Folders of mere photos are not
    looked for.

    Raises:
        UserError: `folder` is no folder.
    """
    from exiqa.iqadata.standins.specs import STANDINS

    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give the one that your data sets lie in")
    places = [*sorted(path for path in folder.iterdir() if path.is_dir()), folder]
    known = []
    specs = DATASETS.usable()
    for name in dataset_names():
        if name in STANDINS:
            known.append(KnownDataset(name, "", (name,)))
            continue
        spec = specs.get(table.SPEC.name if name.startswith(table.PREFIX) else name)
        if spec is None:
            continue
        if spec.name == table.SPEC.name:
            here = tuple(f"{table.PREFIX}{file}={file.parent}" for place in places for file in _tables(place))
        elif spec.name == photos.SPEC.name:
            here = ()
        else:
            here = tuple(f"{name}={place}" for place in _copies(spec, places))
        known.append(KnownDataset(name, spec.layout, here))
    return known


def _copies(spec: DatasetSpec, places: list[Path]) -> list[Path]:
    """The places that the data set can be read from; not a folder above one of them, which many can be too."""
    copies: list[Path] = []
    for place in places:
        if any(inner.parent == place for inner in copies):
            continue
        try:
            spec.read(place)
        except Exception:  # whatever another package's reader meets in a folder that is none of its own
            continue
        copies.append(place)
    return copies


def _tables(folder: Path) -> list[Path]:
    """The CSV files in a folder that have a column `image`."""
    tables = []
    for file in sorted(folder.glob("*.csv")):
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                head = next(csv.reader(stream, skipinitialspace=True), [])
        except (OSError, UnicodeDecodeError, csv.Error):
            continue
        if "image" in (name.strip() for name in head):
            tables.append(file)
    return tables


def overview_lines(known: list[KnownDataset]) -> list[str]:
    """The data sets as lines of text for a terminal."""
    lines = []
    for dataset in known:
        if not dataset.needs:
            lines.append(f"{dataset.name}  made by this package, needs no folder")
            continue
        lines.append(f"{dataset.name}  needs {dataset.needs}")
        lines += [f"    here: {copy}" for copy in dataset.here]
    return lines
