"""FLIVE (PaQ-2-PiQ): photos of social media; the authors' test side is a list of large photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.checks import numbers, read_csv
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import first_folder, photo_listing

TITLE = "FLIVE"
LABELS = "labels_image.csv"
TEST = "labels640.csv"
VALIDATION = "labels=640_padded.csv"
LAYOUT = (
    f"{LABELS} (name,mos) and the photos, beside it or in the folder database; {TEST} and {VALIDATION} for the split"
)
SCALE = Scale(name="MOS", worst=0, best=100, formula="x / 100")


def read(root: Path) -> Listing:
    """FLIVE as its authors distribute it; the official split where its lists are there.

    Args:
        root: The folder that holds labels_image.csv, or the one that its folder FLIVE lies in.

    Raises:
        UserError: The label file or a folder of photos is missing.
    """
    base = find_base(TITLE, root, TITLE, LABELS, LAYOUT)
    labels = read_csv(base / LABELS, ("name", "mos"), TITLE)
    photos = pd.DataFrame({"name": labels["name"].str.strip(), "raw_score": numbers(labels, "mos")})
    problems: list[DatasetProblem] = []
    notes = [f"there is no {TEST}, so the official split is not known"]
    if (base / TEST).exists():
        notes = []
        photos["side"], problems = _sides(base, photos["name"])
    return photo_listing(
        TITLE, base, first_folder(base, "database", ""), LABELS, photos, SCALE, problems=problems, notes=notes
    )


def _sides(base: Path, names: pd.Series) -> tuple[np.ndarray, list[DatasetProblem]]:
    """(N,) the official side of each photo, and the listed photos that have no label."""
    test = read_csv(base / TEST, ("name",), TITLE)["name"].str.strip()
    listed = {TEST: test}
    if (base / VALIDATION).exists():
        padded = read_csv(base / VALIDATION, ("name", "is_valid"), TITLE)
        chosen = padded["is_valid"].str.strip().str.casefold() == "true"
        listed[VALIDATION] = padded["name"].str.strip()[chosen]
    sides = np.where(names.isin(listed.get(VALIDATION, pd.Series(dtype=object))), "validation", "train")
    problems = [
        DatasetProblem("label", f"{file} lists {len(lost)} photos that {LABELS} does not, such as {lost.iloc[0]}")
        for file, each in listed.items()
        if len(lost := each[~each.isin(names)])
    ]
    return np.where(names.isin(test), "test", sides).astype(object), problems


SPEC = DatasetSpec(
    name="flive",
    title=TITLE,
    source="Z. Ying, H. Niu, P. Gupta, D. Mahajan, D. Ghadiyaram, A. C. Bovik: From patches to pictures (PaQ-2-PiQ): "
    "mapping the perceptual space of picture quality. CVPR, 2020.",
    layout=LAYOUT,
    read=read,
    raw_limits=(0.0, 100.0),
    kind="authentic",
)
