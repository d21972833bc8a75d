"""Screens: pictures on an old screen, and what viewers said of them on a scale from 1 to 5."""

from __future__ import annotations

from pathlib import Path

from exiqa.bank import load_taxonomy
from exiqa.iqadata import DatasetSpec, Listing, PhotoFiles, Scale
from exiqa.iqadata.datasets.folders import find_base, index_folder, locate
from exiqa.iqadata.datasets.labels.checks import label_problems, numbers, read_csv

LABELS = "labels.csv"
LAYOUT = f"{LABELS} (image,reference,distortion,level,mos) and the images in images/"


def read(root: Path) -> Listing:
    """What a copy holds; no pixel is read."""
    base = find_base("Screens", root, "screens", LABELS, LAYOUT)
    labels = read_csv(base / LABELS, ("image", "reference", "distortion", "level", "mos"), "Screens")
    table = labels[["image", "reference", "distortion"]].copy()
    table["level"] = numbers(labels, "level").astype(int)
    table["raw_score"] = numbers(labels, "mos")
    files, missing = locate(table["image"], index_folder("Screens", base / "images"), "images", LABELS)
    references = dict(zip(table["image"], files, strict=True))
    return Listing(
        taxonomy=load_taxonomy(Path(__file__).with_name("screens.toml")),
        table=table,
        load=PhotoFiles(base, tuple(files), {name: references[name] for name in table["reference"]}),
        files=tuple(base / file for file in files if file),
        scale=Scale(name="MOS", worst=1, best=5, formula="(x - 1) / 4"),
        problems=(*label_problems(table, LABELS, limits=(1, 5)), *missing),
    )


SPEC = DatasetSpec(
    name="screens",
    title="Screens",
    source="made on this page",
    layout=LAYOUT,
    read=read,
)
