"""PIPAL's training part: references and what 116 distortions and restorations made of each; a source of pixels.

Its opinions are Elo ratings, which have no worst and no best, so that no score in [0, 1] is claimed. What its types
stand for is not in the files, so no distortion is claimed either.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base, index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles

TITLE = "PIPAL"
LABELS, REFERENCES = "Train_Label", "Train_Ref"
LAYOUT = f"the folders {LABELS} (A0001.txt …), {REFERENCES} (A0001.bmp …) and those of the distorted images"
NOTE = "opinions are Elo ratings (higher is better), which have no stated range: they are kept raw, without a score"


def read(root: Path) -> Listing:
    """PIPAL's training part as its authors distribute it.

    Args:
        root: The folder that holds Train_Label and Train_Ref, or the one that its folder PIPAL lies in. The distorted
            images may lie in any other folders beside those.

    Raises:
        UserError: A folder is missing, or a line of a label file is not NAME,ELO.
    """
    base = find_base(TITLE, root, TITLE, LABELS, LAYOUT)
    table = _read_labels(base / LABELS)
    problems = label_problems(table, LABELS)
    folders = sorted(p.name for p in base.iterdir() if p.is_dir() and p.name not in (LABELS, REFERENCES))
    place: dict[str, str] = {}
    for folder in folders:
        index = index_folder(TITLE, base / folder)
        place |= {key: f"{folder}/{name}" for key, name in index.items()}
        problems += unlabelled(index, table["image"], folder, LABELS)
    files = [place.get(image.casefold(), "") for image in table["image"]]
    problems += [
        DatasetProblem("missing", f"{LABELS} lists {image}, which is in no folder of {base}")
        for image, file in zip(table["image"], files, strict=True)
        if not file
    ]
    references = sorted(table["reference"].unique())
    reference_files, missing = locate(
        [f"{r}.bmp" for r in references], index_folder(TITLE, base / REFERENCES), REFERENCES, LABELS
    )
    return Listing(
        taxonomy=load_taxonomy("authentic"),  # says which faults will be looked for; none is claimed
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(references, reference_files, strict=True))),
        files=tuple(base / file for file in (*files, *reference_files) if file),
        problems=(*problems, *missing),
        notes=(NOTE,),
        distortions=(),
    )


def _read_labels(folder: Path) -> pd.DataFrame:
    """image, reference, distortion, level, raw_score of every line of the label files.

    Raises:
        UserError: A line is not NAME,ELO.
    """
    rows = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if not line.strip():
                continue
            match = re.fullmatch(r"\s*((A\d+)_\d+_\d+\.bmp)\s*,\s*([0-9.]+)\s*", line, re.IGNORECASE)
            if match is None:
                raise UserError(f"{TITLE}: {path} line {number} is not NAME,ELO, such as A0001_00_00.bmp,1520.0648")
            rows.append((match[1], match[2].upper(), "", 0, float(match[3])))
    if not rows:
        raise UserError(f"{TITLE}: {folder} holds no labels; get the original training part")
    return pd.DataFrame(rows, columns=["image", "reference", "distortion", "level", "raw_score"])


SPEC = DatasetSpec(
    name="pipal",
    title=TITLE,
    source="J. Gu, H. Cai, H. Chen, X. Ye, J. Ren, C. Dong: PIPAL: a large-scale image quality assessment dataset for "
    "perceptual image restoration. ECCV, 2020.",
    layout=LAYOUT,
    read=read,
)
