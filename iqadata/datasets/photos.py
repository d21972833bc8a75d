"""Any folder of photos: no scores, nothing known about their distortions."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from bank.errors import UserError
from bank.taxonomy import load_taxonomy
from iqadata.datasets.folders import PHOTO_SUFFIXES
from iqadata.datasets.spec import DatasetSpec, Listing, PhotoFiles


def list_photos(root: Path) -> list[str]:
    """Paths below `root` of all photo files in it and its folders, sorted, with `/`. Links to folders are not followed.

    A folder that is called like a photo is a folder. Raises UserError where `root` is no folder.
    """
    if not root.is_dir():
        raise UserError(f"{root} is not a folder of photos")
    found = []

    def refuse(error: OSError) -> None:
        raise error

    for folder, _, names in os.walk(root, onerror=refuse):
        inner = Path(folder).relative_to(root)
        found += [(inner / name).as_posix() for name in names if name.lower().endswith(PHOTO_SUFFIXES)]
    return sorted(found)


def read(root: Path, taxonomy: str = "kadid10k") -> Listing:
    """Each photo is its own reference. `taxonomy` says which distortions will be looked for; none is claimed.

    Raises UserError where the folder has no photo.
    """
    photos = list_photos(root)
    if not photos:
        raise UserError(f"{root} holds no photo; known are {', '.join(PHOTO_SUFFIXES)}")
    table = pd.DataFrame({"image": photos, "reference": photos, "distortion": "", "level": 0, "raw_score": np.nan})
    return Listing(
        taxonomy=load_taxonomy(taxonomy),
        table=table,
        load=PhotoFiles(root, tuple(photos), dict(zip(photos, photos, strict=True))),
        files=tuple(root / photo for photo in photos),
        distortions=(),
    )


SPEC = DatasetSpec(
    name="photos",
    title="photos",
    source="the user's own photos",
    layout="photos, in folders of any depth",
    read=read,
)
