"""Any folder of photos: no scores, nothing known about their distortions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, PhotoFiles
from exiqa.iqadata.photos import list_photos


def read(root: Path, taxonomy: str = "kadid10k") -> Listing:
    """A folder of photos, each its own reference.

    Photos that cannot be read are listed too: whoever reads them finds out.

    Args:
        root: The folder.
        taxonomy: Says which distortions will be looked for; none is claimed.

    Raises:
        UserError: `root` is no folder or holds no photo.
    """
    photos = list_photos(root)
    table = pd.DataFrame({"image": photos, "distortion": "", "level": 0, "raw_score": np.nan})
    table["reference"] = table["image"]
    return Listing(
        taxonomy=load_taxonomy(taxonomy),
        table=table,
        load=PhotoFiles(root, photos, dict(zip(photos, photos, strict=True))),
        files=tuple(root / photo for photo in photos),
        distortions=(),
    )


SPEC = DatasetSpec(
    name="photos",
    title="photos",
    source="the user's own photos",
    layout="photos, in folders of any depth",
    read=read,
    strength_maps=("level", "magnitude"),
)
