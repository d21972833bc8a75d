"""SPAQ: 11,125 photos of smartphones, with ratings of five attributes beside the score."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.label_files import read_sheet
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import need_columns, numbers_of, photo_listing

TITLE = "SPAQ"
LABELS = "Annotations/MOS and Image attribute scores.xlsx"
RATED = ("Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness")
IMAGES = 11_125
LAYOUT = f"{LABELS} and the folder TestImage with 00001.jpg …"
SCALE = Scale(name="MOS", worst=0, best=100, formula="x / 100")


def read(root: Path) -> Listing:
    """SPAQ as its authors distribute it.

    Args:
        root: The folder that holds Annotations and TestImage, or the one that its folder SPAQ lies in.

    Raises:
        UserError: The workbook or the photos are missing, or the workbook has other columns.
    """
    base = find_base(TITLE, root, TITLE, LABELS, LAYOUT)
    sheet = read_sheet(base / LABELS, TITLE, 0)
    need_columns(sheet, ("Image name", "MOS", *RATED), TITLE, base / LABELS)
    photos = pd.DataFrame({"name": sheet["Image name"].astype(str).str.strip(), "raw_score": numbers_of(sheet, "MOS")})
    ratings = pd.DataFrame({column.casefold(): numbers_of(sheet, column) for column in RATED})
    return photo_listing(TITLE, base, "TestImage", LABELS, photos, SCALE, images=IMAGES, ratings=ratings)


SPEC = DatasetSpec(
    name="spaq",
    title=TITLE,
    source="Y. Fang, H. Zhu, Y. Zeng, K. Ma, Z. Wang: Perceptual quality assessment of smartphone photography. CVPR, "
    "2020.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    raw_limits=(0.0, 100.0),
    kind="authentic",
)
