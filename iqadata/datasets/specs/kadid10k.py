"""KADID-10k: 81 references × 25 distortions × 5 levels; despite its name, `dmos` is higher-is-better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.iqadata.certifying.sizes import levels_without_effect
from exiqa.iqadata.datasets.folders import find_base, index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems, numbers, read_csv
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

LABELS = "dmos.csv"
LAYOUT = "dmos.csv and the folder images with I01.png … I81.png and I01_01_01.png … I81_25_05.png"
REFERENCES, TYPES, LEVELS = 81, 25, 5
LIMITS = (1.0, 5.0)
SCALE = Scale(name="MOS", worst=1, best=5, formula="(x - 1) / 4")


def read(root: Path) -> Listing:
    """KADID-10k as its authors distribute it.

    Args:
        root: The folder `kadid10k` of the download, or the one that it lies in.

    Raises:
        UserError: The file dmos.csv or the folder of images is missing or cannot be read.
    """
    taxonomy = load_taxonomy("kadid10k")
    base = find_base("KADID-10k", root, "kadid10k", LABELS, LAYOUT)
    labels = read_csv(base / LABELS, ("dist_img", "ref_img", "dmos", "var"), "KADID-10k")
    name = labels["dist_img"].str.strip()
    parts = name.str.extract(r"(?i)^(I(\d\d))_(\d\d)_(\d\d)\.png$")
    kind = pd.to_numeric(parts[2]).fillna(0).to_numpy(int)
    level = pd.to_numeric(parts[3]).fillna(0).to_numpy(int)
    known = (kind >= 1) & (kind <= TYPES) & (level >= 1) & (level <= LEVELS)
    problems = [
        DatasetProblem("label", f"{LABELS} lists {odd!r}, which is not Inn_tt_ll.png with type 1–25 and level 1–5")
        for odd in name[~known]
    ]
    name, parts, kind, level = name[known], parts[known], kind[known], level[known]
    stated = labels["ref_img"].str.strip()[known]
    mismatch = stated.str.casefold() != parts[0].str.casefold() + ".png"
    problems += [
        DatasetProblem("label", f"{LABELS} says that {image} was made from {reference}, against its own name")
        for image, reference in zip(name[mismatch], stated[mismatch], strict=True)
    ]
    table = pd.DataFrame(
        {
            "image": "images/" + name,
            "reference": parts[0].str.upper(),
            "distortion": np.array(taxonomy.ids)[kind - 1],
            "level": level,
            "raw_score": numbers(labels[known], "dmos"),
        }
    ).reset_index(drop=True)
    problems += label_problems(table, LABELS, REFERENCES * TYPES * LEVELS, REFERENCES, LIMITS)
    index = index_folder("KADID-10k", base / "images")
    files, missing = locate(name, index, "images", LABELS)
    references = sorted(table["reference"].unique())
    reference_names = [f"{reference}.png" for reference in references]
    reference_files, no_reference = locate(reference_names, index, "images", LABELS)
    return Listing(
        taxonomy=taxonomy,
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(references, reference_files, strict=True))),
        files=tuple(base / file for file in (*files, *reference_files) if file),
        scale=SCALE,
        notes=_without_effect(table),
        problems=(
            *problems,
            *missing,
            *no_reference,
            *unlabelled(index, [*name, *reference_names], "images", LABELS),
        ),
    )


def _without_effect(table: pd.DataFrame) -> tuple[str, ...]:
    """The footnote on the levels that change nothing, with the number of this copy's images at them."""
    cells = levels_without_effect("kadid10k")
    images = int(pd.MultiIndex.from_frame(table[["distortion", "level"]]).isin(cells).sum())
    named = ", ".join(f"{distortion} {level}" for distortion, level in cells)
    return (
        f"{images} of {len(table)} images are at the {len(cells)} of {TYPES * LEVELS} levels that change nothing by "
        f"the generator's own parameters ({named}); they are labelled and counted as all others",
    )


SPEC = DatasetSpec(
    name="kadid10k",
    title="KADID-10k",
    source="H. Lin, V. Hosu, D. Saupe: KADID-10k: A Large-scale Artificially Distorted IQA Database. QoMEX 2019.",
    layout=LAYOUT,
    read=read,
    images=REFERENCES * TYPES * LEVELS,
    references=REFERENCES,
    raw_limits=LIMITS,
    level_lowers_score=True,
    strength_maps=("level", "magnitude"),
)
