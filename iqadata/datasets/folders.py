"""Finding a dataset's folders and files, whatever the case of their names."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.spec import DatasetProblem
from exiqa.iqadata.photos import PHOTO_SUFFIXES


def find_base(title: str, root: Path, inner: str, marker: str, layout: str) -> Path:
    """The folder of a dataset's files.

    Args:
        title: The dataset's name in messages.
        root: Where to look: here, or in its folder `inner`.
        inner: What the download unpacks to.
        marker: A file that the folder has.
        layout: What the folder should hold, in words.

    Raises:
        UserError: Neither folder has the marker.
    """
    if not root.is_dir():
        raise UserError(f"{title}: {root} is not a folder; give the one that holds {layout}")
    for base in (root, root / inner):
        if (base / marker).exists():
            return base
    raise UserError(f"{title} at {root}: there is no {marker}; the folder should hold {layout}")


def index_folder(title: str, folder: Path) -> dict[str, str]:
    """Casefolded name -> name on disk, of the files (not folders) in a folder.

    Raises:
        UserError: The folder is missing, or two names differ in case only.
    """
    if not folder.is_dir():
        raise UserError(f"{title}: {folder} is not a folder; the copy is incomplete")
    index: dict[str, str] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_file():
                continue
            other = index.setdefault(entry.name.casefold(), entry.name)
            if other != entry.name:
                raise UserError(f"{title}: {folder} holds both {other} and {entry.name}; remove the wrong one")
    return index


def locate(
    names: Iterable[str], index: dict[str, str], folder: str, label_file: str, kind: str = "missing"
) -> tuple[list[str], list[DatasetProblem]]:
    """Paths below the base (`folder/NAME`, "" where there is none) of files that a label file lists, and problems."""
    paths, problems = [], []
    for name in names:
        name_on_disk = index.get(name.casefold())
        paths.append(f"{folder}/{name_on_disk}" if name_on_disk else "")
        if not name_on_disk:
            text = f"{label_file} lists {name} but {folder}/ has no such file (indexed case-insensitively)"
            problems.append(DatasetProblem(kind, text))
    return paths, problems


def unlabelled(index: dict[str, str], known: Iterable[str], folder: str, label_file: str) -> list[DatasetProblem]:
    """A problem for each photo in a folder that the label file does not list."""
    names = {name.casefold() for name in known}
    return [
        DatasetProblem("unlabelled", f"{folder}/{index[key]} is not in {label_file}")
        for key in sorted(set(index) - names)
        if Path(key).suffix in PHOTO_SUFFIXES
    ]
