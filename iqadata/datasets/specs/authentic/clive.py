"""CLIVE, the LIVE In the Wild Image Quality Challenge: 1,162 photos of mobile devices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.label_files import read_mat
from exiqa.iqadata.datasets.spec import DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import photo_listing

TITLE = "CLIVE"
NAMES, SCORES = "AllImages_release", "AllMOS_release"
LABELS = f"Data/{SCORES}.mat"
PRACTICE = 7
"""Images that people were shown to learn the task, first in the lists (t1.bmp …); no part of the set."""
IMAGES = 1162
LAYOUT = f"Data/{NAMES}.mat, {LABELS} and the folder Images"
SCALE = Scale(name="MOS", worst=0, best=100, formula="x / 100")


def read(root: Path) -> Listing:
    """CLIVE as its authors distribute it.

    Args:
        root: The folder that holds Data and Images, or the one that its folder ChallengeDB_release lies in.

    Raises:
        UserError: A .mat file or the photos are missing, the lists do not pair, or do not begin with the practice
            images.
    """
    base = find_base(TITLE, root, "ChallengeDB_release", LABELS, LAYOUT)
    cells = read_mat(base / f"Data/{NAMES}.mat", TITLE, (NAMES,))[NAMES].ravel()
    scores = read_mat(base / LABELS, TITLE, (SCORES,))[SCORES].ravel()
    names = [str(np.ravel(cell)[0]) if np.size(cell) else "" for cell in cells]
    if len(names) != len(scores) or scores.dtype.kind not in "biuf":
        raise UserError(
            f"{TITLE} at {base}: {NAMES}.mat has {len(names)} names and {SCORES}.mat {len(scores)} scores, so they do "
            "not pair; get the original release"
        )
    practice = names[:PRACTICE]
    if [name.casefold().split(".")[0] for name in practice] != [f"t{n}" for n in range(1, PRACTICE + 1)]:
        raise UserError(
            f"{TITLE} at {base}: {NAMES}.mat does not begin with the {PRACTICE} practice images t1.bmp …, so its "
            "lists are not those of the release; get the original one"
        )
    photos = pd.DataFrame({"name": names[PRACTICE:], "raw_score": scores[PRACTICE:].astype(np.float64)})
    return photo_listing(TITLE, base, "Images", LABELS, photos, SCALE, images=IMAGES, dropped=practice)


SPEC = DatasetSpec(
    name="clive",
    title=TITLE,
    source="D. Ghadiyaram, A. C. Bovik: Massive online crowdsourced study of subjective and objective picture quality. "
    "IEEE Transactions on Image Processing 25(1), 2016.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    raw_limits=(0.0, 100.0),
    kind="authentic",
)
