"""AGIQA-3K: 2,982 pictures that six generators made of prompts. No photos, but their faults are labelled as little."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.checks import numbers, read_csv
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import first_folder, photo_listing

TITLE = "AGIQA-3K"
LABELS = "data.csv"
IMAGES = 2982
LAYOUT = f"{LABELS} (name,prompt,…,mos_quality,…) and the pictures, beside it or in the folder images"
SCALE = Scale(name="MOS of quality", worst=0, best=5, formula="x / 5")


def read(root: Path) -> Listing:
    """AGIQA-3K as its authors distribute it; the score is the quality's, not the alignment's with the prompt.

    Args:
        root: The folder that holds data.csv, or the one that its folder AGIQA-3K lies in.

    Raises:
        UserError: The label file or the pictures are missing.
    """
    base = find_base(TITLE, root, TITLE, LABELS, LAYOUT)
    labels = read_csv(base / LABELS, ("name", "prompt", "mos_quality", "mos_align"), TITLE)
    photos = pd.DataFrame({"name": labels["name"].str.strip(), "raw_score": numbers(labels, "mos_quality")})
    return photo_listing(
        TITLE,
        base,
        first_folder(base, "images", ""),
        LABELS,
        photos,
        SCALE,
        images=IMAGES,
        notes=["pictures made by generators, no photos"],
    )


SPEC = DatasetSpec(
    name="agiqa3k",
    title=TITLE,
    source="C. Li et al.: AGIQA-3K: an open database for AI-generated image quality assessment. IEEE Transactions on "
    "Circuits and Systems for Video Technology 34(8), 2024.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    raw_limits=(0.0, 5.0),
    kind="authentic",
)
