"""TID2013: 25 references × 24 distortions × 5 levels; its file names mix upper and lower case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base, index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems, numbers
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

LABELS = "mos_with_names.txt"
LAYOUT = "mos_with_names.txt and the folders distorted_images and reference_images"
REFERENCES, TYPES, LEVELS = 25, 24, 5
LIMITS = (0.0, 9.0)
SCALE = Scale(name="MOS", worst=0, best=9, formula="x / 9")


def read(root: Path) -> Listing:
    """TID2013 as its authors distribute it.

    Args:
        root: The folder `tid2013` of the download, or the one that it lies in.

    Raises:
        UserError: The label file or a folder is missing or cannot be read.
    """
    taxonomy = load_taxonomy("tid2013")
    base = find_base("TID2013", root, "tid2013", LABELS, LAYOUT)
    labels, problems = _read_labels(base / LABELS)
    # Lower case in the keys, so that a copy is the same dataset whatever its files' spelling.
    name = labels["name"].str.lower()
    parts = name.str.extract(r"^(i\d\d)_(\d\d)_(\d)\.bmp$")
    kind = pd.to_numeric(parts[1]).fillna(0).to_numpy(int)
    level = pd.to_numeric(parts[2]).fillna(0).to_numpy(int)
    known = (kind >= 1) & (kind <= TYPES) & (level >= 1) & (level <= LEVELS)
    problems += [
        DatasetProblem("label", f"{LABELS} lists {odd!r}, which is not iXX_YY_Z.bmp with type 1–24 and level 1–5")
        for odd in labels["name"][~known]
    ]
    table = pd.DataFrame(
        {
            "image": "distorted_images/" + name[known],
            "reference": parts[0][known],
            "distortion": np.array(taxonomy.ids)[kind[known] - 1],
            "level": level[known],
            "raw_score": numbers(labels[known], "mos"),
        }
    ).reset_index(drop=True)
    problems += label_problems(table, LABELS, REFERENCES * TYPES * LEVELS, REFERENCES, LIMITS)
    index = index_folder("TID2013", base / "distorted_images")
    reference_index = index_folder("TID2013", base / "reference_images")
    spelt = labels["name"][known]
    files, missing = locate(spelt, index, "distorted_images", LABELS)
    references = sorted(table["reference"].unique())
    reference_names = [f"{reference}.bmp" for reference in references]
    reference_files, no_reference = locate(reference_names, reference_index, "reference_images", LABELS)
    return Listing(
        taxonomy=taxonomy,
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(references, reference_files, strict=True))),
        files=tuple(base / file for file in (*files, *reference_files) if file),
        scale=SCALE,
        problems=(
            *problems,
            *missing,
            *no_reference,
            *unlabelled(index, spelt, "distorted_images", LABELS),
        ),
        notes=("TID2013's reference I25 is an artificial image",),
    )


def _read_labels(path: Path) -> tuple[pd.DataFrame, list[DatasetProblem]]:
    """Columns mos, name as text, a row a line of `<mos> <name>`, and a problem for every other line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"TID2013: {path} is not a text file ({error.reason} at byte {error.start})") from None
    rows = [line.split() for line in lines if line.strip()]
    odd = [row for row in rows if len(row) != 2]
    problems = [
        DatasetProblem("label", f"{LABELS} has the line {' '.join(row)!r}, which is not `<mos> <name>`") for row in odd
    ]
    return pd.DataFrame([row for row in rows if len(row) == 2], columns=["mos", "name"], dtype=str), problems


SPEC = DatasetSpec(
    name="tid2013",
    title="TID2013",
    source="N. Ponomarenko et al.: Image database TID2013: Peculiarities, results and perspectives. "
    "Signal Processing: Image Communication 30, 2015.",
    layout=LAYOUT,
    read=read,
    images=REFERENCES * TYPES * LEVELS,
    references=REFERENCES,
    raw_limits=LIMITS,
    level_lowers_score=True,
    strength_maps=("level", "magnitude"),
)
