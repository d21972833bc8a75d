"""BID: 586 photos with realistic blur."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.label_files import read_sheet
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import first_folder, numbers_of, photo_listing

TITLE = "BID"
LABELS = "DatabaseGrades.xlsx"
IMAGES = 586
LAYOUT = f"{LABELS} and DatabaseImage0001.JPG …, beside it or in the folder ImageDatabase"
SCALE = Scale(name="MOS", worst=0, best=5, formula="x / 5")


def read(root: Path) -> Listing:
    """BID as its authors distribute it: from row 2 on the sheet has a photo's number and its mean opinion.

    Args:
        root: The folder that holds the workbook, or the one that its folder BID lies in.

    Raises:
        UserError: The workbook is missing or has something else in its first two columns.
    """
    base = find_base(TITLE, root, TITLE, LABELS, LAYOUT)
    sheet = read_sheet(base / LABELS, TITLE, 0)
    if len(sheet.columns) < 2:
        raise UserError(f"{TITLE}: {base / LABELS} has one column; it should have a photo's number and its MOS")
    sheet.columns = ["number", "MOS", *sheet.columns[2:]]
    number = numbers_of(sheet, "number")
    odd = np.flatnonzero(~((number >= 1) & (number == np.floor(number))))
    if len(odd):
        raise UserError(
            f"{TITLE}: {base / LABELS} row {odd[0] + 2} has {sheet['number'][odd[0]]!r} as a photo's number; get the "
            "original file"
        )
    photos = pd.DataFrame(
        {"name": [f"DatabaseImage{n:04.0f}.JPG" for n in number], "raw_score": numbers_of(sheet, "MOS")}
    )
    return photo_listing(TITLE, base, first_folder(base, "ImageDatabase", ""), LABELS, photos, SCALE, images=IMAGES)


SPEC = DatasetSpec(
    name="bid",
    title=TITLE,
    source="A. Ciancio, A. L. N. T. Targino da Costa, E. A. B. da Silva, A. Said, R. Samadani, P. Obrador: "
    "No-reference blur assessment of digital pictures based on multifeature classifiers. IEEE Transactions on Image "
    "Processing 20(1), 2011.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    raw_limits=(0.0, 5.0),
    kind="authentic",
)
