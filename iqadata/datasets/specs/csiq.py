"""CSIQ: 30 references × 6 distortions × 5 levels (contrast: 4); labels in an Excel sheet, lower is better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base, index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems
from exiqa.iqadata.datasets.labels.label_files import read_sheet
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

LABELS = "csiq.DMOS.xlsx"
SHEET = "all_by_image"
COLUMNS = ["image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"]
LAYOUT = "csiq.DMOS.xlsx and the folders src_imgs and dst_imgs with awgn, blur, contrast, fnoise, jpeg, jpeg2000"
IMAGES, REFERENCES = 866, 30
LIMITS = (0.0, 1.0)
SCALE = Scale(name="DMOS", worst=1, best=0, formula="1 - x")
TYPES = {
    "noise": ("white_noise", "awgn", "AWGN"),
    "blur": ("gaussian_blur", "blur", "BLUR"),
    "contrast": ("contrast_decrease", "contrast", "contrast"),
    "fnoise": ("pink_noise", "fnoise", "fnoise"),
    "jpeg": ("jpeg", "jpeg", "JPEG"),
    "jpeg 2000": ("jpeg2000", "jpeg2000", "jpeg2000"),
}
"""The sheet's type -> distortion id, folder in dst_imgs, infix of the file names."""


def read(root: Path) -> Listing:
    """CSIQ as its authors distribute it.

    Args:
        root: The folder that holds csiq.DMOS.xlsx, src_imgs and dst_imgs, or the one that its folder CSIQ lies in.

    Raises:
        UserError: The sheet or a folder is missing or cannot be read.
    """
    taxonomy = load_taxonomy("csiq")
    base = find_base("CSIQ", root, "CSIQ", LABELS, LAYOUT)
    labels = _read_sheet(base / LABELS)
    # A reference is called 1600, which spreadsheets store as a number.
    image = labels["image"].astype(str).str.strip().str.removesuffix(".0")
    kind = labels["dst_type"].astype(str).str.strip().str.casefold()
    level = pd.to_numeric(labels["dst_lev"], errors="coerce").fillna(0).to_numpy(int)
    highest = np.array([taxonomy[TYPES[k][0]].levels if k in TYPES else 0 for k in kind])
    known = (level >= 1) & (level <= highest)
    problems = [
        DatasetProblem("label", f"{LABELS} has the row image {i}, dst_type {k!r}, dst_lev {n}: no such type or level")
        for i, k, n in zip(image[~known], kind[~known], labels["dst_lev"][~known], strict=True)
    ]
    image, kind, level = image[known], kind[known], level[known]
    folders = [TYPES[k][1] for k in kind]
    names = [f"{i}.{TYPES[k][2]}.{n}.png" for i, k, n in zip(image, kind, level, strict=True)]
    table = pd.DataFrame(
        {
            "image": [f"dst_imgs/{folder}/{name}" for folder, name in zip(folders, names, strict=True)],
            "reference": image.to_numpy(),
            "distortion": [TYPES[k][0] for k in kind],
            "level": level,
            "raw_score": pd.to_numeric(labels["dmos"][known], errors="coerce").to_numpy(np.float64),
        }
    )
    problems += label_problems(table, LABELS, IMAGES, REFERENCES, LIMITS)
    files = np.full(len(table), "", dtype=object)
    for _, folder, _ in TYPES.values():
        rows = [row for row, in_folder in enumerate(folders) if in_folder == folder]
        listed = [names[row] for row in rows]
        index = index_folder("CSIQ", base / "dst_imgs" / folder)
        paths, missing = locate(listed, index, f"dst_imgs/{folder}", LABELS)
        files[rows] = paths
        problems += [*missing, *unlabelled(index, listed, f"dst_imgs/{folder}", LABELS)]
    references = sorted(table["reference"].unique())
    reference_index = index_folder("CSIQ", base / "src_imgs")
    reference_files, missing = locate([f"{r}.png" for r in references], reference_index, "src_imgs", LABELS)
    return Listing(
        taxonomy=taxonomy,
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(references, reference_files, strict=True))),
        files=tuple(base / file for file in (*files, *reference_files) if file),
        scale=SCALE,
        problems=(*problems, *missing),
    )


def _read_sheet(path: Path) -> pd.DataFrame:
    """The six columns D:I below the header in row 4.

    Raises:
        UserError: They are not there.
    """
    sheet = read_sheet(path, "CSIQ", SHEET, header=3, usecols="D:I")
    if list(sheet.columns) != COLUMNS:
        columns = ", ".join(str(column) for column in sheet.columns)
        raise UserError(
            f"CSIQ: {path}, sheet {SHEET}: row 4 of columns D to I should read {', '.join(COLUMNS)}; it reads {columns}"
        )
    return sheet


SPEC = DatasetSpec(
    name="csiq",
    title="CSIQ",
    source="E. C. Larson, D. M. Chandler: Most apparent distortion: full-reference image quality assessment and the "
    "role of strategy. Journal of Electronic Imaging 19(1), 2010.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    references=REFERENCES,
    raw_limits=LIMITS,
    level_lowers_score=True,
    strength_maps=("level", "magnitude"),
)
