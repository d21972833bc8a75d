"""KonIQ-10k: 10,073 photos of a photo site with the authors' own split; and KonIQ++'s ratings of faults."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import find_base
from exiqa.iqadata.datasets.labels.checks import numbers, read_csv
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import first_folder, photo_listing, ratings_for

TITLE = "KonIQ-10k"
LABELS = "koniq10k_distributions_sets.csv"
OTHER_LABELS = "koniq10k_scores_and_distributions.csv"
"""Its column MOS is on 1–5."""
RATINGS = "koniq++database.csv"
RATED = {column: column for column in ("artifacts", "blur", "contrast", "colors")}
COLUMNS = ("image_name", "c1", "c2", "c3", "c4", "c5", "c_total", "MOS", "SD", "set")
SIDES = {"training": "train", "validation": "validation", "test": "test"}
COUNTS = {"train": 7058, "validation": 1000, "test": 2015}
LAYOUT = f"{LABELS} and the folder 1024x768 (or 512x384); {RATINGS} too, for the ratings of KonIQ++"
SCALE = Scale(name="MOS", worst=0, best=100, formula="x / 100")


def read(root: Path) -> Listing:
    """KonIQ-10k as its authors distribute it. The photos of 1024x768 are taken where both sizes are there.

    Args:
        root: The folder that holds the label file and the photos' folder, or the one that its folder koniq10k lies in.

    Raises:
        UserError: The label file or the photos are missing, or the labels are those of the other file, on 1–5.
    """
    if (root / OTHER_LABELS).exists() and not (root / LABELS).exists():
        raise UserError(
            f"{TITLE} at {root}: there is {OTHER_LABELS}, whose MOS is on 1–5 and which has no split; get {LABELS}, "
            "whose MOS is on 0–100"
        )
    base = find_base(TITLE, root, "koniq10k", LABELS, LAYOUT)
    labels = read_csv(base / LABELS, COLUMNS, TITLE)
    photos = pd.DataFrame(
        {
            "name": labels["image_name"].str.strip(),
            "raw_score": numbers(labels, "MOS"),
            "side": labels["set"].str.strip().map(SIDES),
        }
    )
    if photos["raw_score"].max() <= 5:
        raise UserError(
            f"{TITLE}: {base / LABELS} has an MOS on 1–5 (at most {photos['raw_score'].max():g}), as {OTHER_LABELS} "
            "has; get the file whose MOS is on 0–100"
        )
    odd = photos["side"].isna()
    problems = [
        DatasetProblem("label", f"{LABELS} puts {name} into the set {said!r}, which is none of {', '.join(SIDES)}")
        for name, said in zip(photos["name"][odd], labels["set"][odd], strict=True)
    ]
    photos["side"] = photos["side"].fillna("train")
    counted = photos["side"].value_counts()
    problems += [
        DatasetProblem("count", f"{LABELS} has {counted.get(side, 0)} {side} photos; as published it has {count}")
        for side, count in COUNTS.items()
        if counted.get(side, 0) != count
    ]
    ratings = None
    if (base / RATINGS).exists():
        stated = read_csv(base / RATINGS, ("filename", *RATED), TITLE).rename(columns={"filename": "name"})
        stated["name"] = stated["name"].str.strip()
        ratings, wrong = ratings_for(photos["name"], stated, RATED, RATINGS)
        problems += wrong
    folder = first_folder(base, "1024x768", "512x384")
    return photo_listing(
        TITLE,
        base,
        folder,
        LABELS,
        photos,
        SCALE,
        ratings=ratings,
        problems=problems,
        notes=[f"photos of {folder}"],
    )


SPEC = DatasetSpec(
    name="koniq10k",
    title=TITLE,
    source="V. Hosu, H. Lin, T. Sziranyi, D. Saupe: KonIQ-10k: an ecologically valid database for deep learning of "
    "blind image quality assessment. IEEE Transactions on Image Processing 29, 2020; the ratings: S. Su, V. Hosu, "
    "H. Lin, Y. Zhang, D. Saupe: KonIQ++. BMVC, 2021.",
    layout=LAYOUT,
    read=read,
    images=sum(COUNTS.values()),
    raw_limits=(0.0, 100.0),
    kind="authentic",
)
