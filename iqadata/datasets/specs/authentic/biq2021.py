"""BIQ2021: 12,000 photos in three subsets, taken as they come, with faults on purpose, and from a photo site."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.labels.checks import numbers, read_csv
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, Scale
from exiqa.iqadata.datasets.specs.authentic.photo_listing import photo_listing

TITLE = "BIQ2021"
LABELS = {"train": "Train (Images and MOS).csv", "test": "Test (Images and MOS).csv"}
"""Official side -> its label file."""
COUNTS = {"train": 10_000, "test": 2_000}
LAYOUT = f"{LABELS['train']}, {LABELS['test']} (or one of them) and the folder Images with ss01 (1).jpg …"
SCALE = Scale(name="MOS", worst=0, best=1, formula="x")
NEAR_DUPLICATES = (
    "309 of the 1,665 official training photos of ss01 resemble an official test photo (correlation above .95 of "
    "16 × 16 thumbnails)"
)


def read(root: Path) -> Listing:
    """BIQ2021 as its authors distribute it, or a part of it, which a note then says.

    The subset is in a photo's name, and the official side in the name of the file that lists it.

    Args:
        root: The folder that holds the label files and Images, or the one that its folder BIQ2021 lies in.

    Raises:
        UserError: Both label files or the folder of photos are missing, or a file cannot be read.
    """
    if not root.is_dir():
        raise UserError(f"{TITLE}: {root} is not a folder; give the one that holds {LAYOUT}")
    base = next((b for b in (root, root / TITLE) if any((b / f).exists() for f in LABELS.values())), None)
    if base is None:
        raise UserError(f"{TITLE} at {root}: there is no {LABELS['train']}; the folder should hold {LAYOUT}")
    sides, problems = [], []
    for side, file in LABELS.items():
        if not (base / file).exists():
            continue
        labels = read_csv(base / file, ("Image Name", "MOS"), TITLE)
        photos = pd.DataFrame({"name": labels["Image Name"].str.strip(), "raw_score": numbers(labels, "MOS")})
        sides.append(photos.assign(side=side))
        if len(photos) > COUNTS[side]:
            text = f"{file} lists {len(photos)} photos; as published it lists {COUNTS[side]}"
            problems.append(DatasetProblem("count", text))
    photos = pd.concat(sides, ignore_index=True)
    subset = photos["name"].str.extract(r"(?i)^(ss0[123]) \(\d+\)\.jpe?g$")[0].str.casefold()
    problems += [
        DatasetProblem("label", f"{name!r} is none of BIQ2021's names, such as ss01 (1).jpg")
        for name in photos["name"][subset.isna()]
    ]
    photos = photos.assign(subset=subset)[subset.notna()].reset_index(drop=True)
    in_training = set(photos["name"][photos["side"] == "train"].str.casefold())
    both = photos["name"][(photos["side"] == "test") & photos["name"].str.casefold().isin(in_training)]
    problems += [DatasetProblem("label", f"the test photo {name} is in {LABELS['train']} too") for name in both]
    counted = photos["side"].value_counts()
    notes = [
        f"a part of the set: {counted.get(side, 0):,} of the {count:,} photos of the official {side} side"
        for side, count in COUNTS.items()
        if counted.get(side, 0) < count
    ]
    file = " and ".join(file for side, file in LABELS.items() if (base / file).exists())
    return photo_listing(
        TITLE,
        base,
        "Images",
        file,
        photos,
        SCALE,
        problems=problems,
        notes=notes or [NEAR_DUPLICATES],
    )


SPEC = DatasetSpec(
    name="biq2021",
    title=TITLE,
    source="N. Ahmed, S. Asif: BIQ2021: a large-scale blind image quality assessment database. Journal of Electronic "
    "Imaging 31(5), 2022.",
    layout=LAYOUT,
    read=read,
    images=sum(COUNTS.values()),
    raw_limits=(0.0, 1.0),
    kind="authentic",
)
