"""KADIS-700k: 140,000 pristine photos, a source of pixels; the 700,000 distorted ones have no opinions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.checks import read_csv
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing
from exiqa.iqadata.datasets.specs.authentic.photo_listing import photo_listing

TITLE = "KADIS-700k"
LIST = "kadis700k_ref_imgs.csv"
LAYOUT = f"{LIST} (ref_im,dist_type,…) and the folder ref_imgs"
NOTE = "pristine photos only: what its authors' scripts distort them by is not read"


def read(root: Path) -> Listing:
    """The pristine photos that KADIS-700k lists, each its own reference, without scores.

    Args:
        root: The folder that holds the list and ref_imgs, or the one that its folder kadis700k lies in.

    Raises:
        UserError: The list or the photos are missing.
    """
    base = find_base(TITLE, root, "kadis700k", LIST, LAYOUT)
    listed = read_csv(base / LIST, ("ref_im", "dist_type"), TITLE)["ref_im"].str.strip()
    photos = pd.DataFrame({"name": listed.drop_duplicates().to_numpy(), "raw_score": np.nan})
    return photo_listing(TITLE, base, "ref_imgs", LIST, photos, None, notes=[NOTE])


SPEC = DatasetSpec(
    name="kadis700k",
    title=TITLE,
    source="H. Lin, V. Hosu, D. Saupe: DeepFL-IQA: weak supervision for deep IQA feature learning. arXiv:2001.08113, "
    "2020.",
    layout=LAYOUT,
    read=read,
)
