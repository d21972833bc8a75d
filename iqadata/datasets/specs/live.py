"""LIVE release 2: 29 references, 779 distorted images in five folders; no discrete levels, lower scores are better."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.folders import index_folder, locate, unlabelled
from exiqa.iqadata.datasets.labels.checks import label_problems
from exiqa.iqadata.datasets.labels.label_files import read_mat
from exiqa.iqadata.datasets.spec import DatasetProblem, DatasetSpec, Listing, PhotoFiles, Scale

LAYOUT = "dmos_realigned.mat, refnames_all.mat and the folders refimgs, jp2k, jpeg, wn, gblur, fastfading"
SCORES, NAMES = "dmos_realigned.mat", "refnames_all.mat"
IMAGES, REFERENCES = 779, 29
LIMITS = (-2.65, 111.78)
SCALE = Scale(name="realigned DMOS", worst=100, best=0, formula="1 - x / 100")
FOLDERS = {
    "jp2k": ("jpeg2000", 227, 169),
    "jpeg": ("jpeg", 233, 175),
    "wn": ("white_noise", 174, 145),
    "gblur": ("gaussian_blur", 174, 145),
    "fastfading": ("fast_fading", 174, 145),
}
"""Folder -> distortion id, images in it, of which distorted; in the order of the 982 scores."""
LEVELS = 5
NOTE = (
    "LIVE has no distortion levels: its strengths are taken from the score, clip(realigned DMOS / 100, 0, 1) snapped "
    "to .2, .4, .6, .8, 1 (strength from the score)"
)


def level_of(dmos: np.ndarray) -> np.ndarray:
    """Realigned DMOS (N,), lower is better -> (N,) int in 1 … 5, the fifths of the scale it is nearest to."""
    return np.clip(np.floor(np.clip(dmos / 100, 0, 1) * LEVELS + 0.5), 1, LEVELS).astype(int)


def read(root: Path) -> Listing:
    """LIVE's second release as its authors distribute it.

    Args:
        root: The folder `databaserelease2`, or the one that it lies in.

    Raises:
        UserError: A .mat file or a folder is missing, or the parts of the labels do not pair: a copy whose `orgs` has
            another length than its scores says nothing about which score belongs to which image.
    """
    taxonomy = load_taxonomy("live")
    if not root.is_dir():
        raise UserError(f"LIVE: {root} is not a folder; give the one that holds {LAYOUT}")
    base = next((b for b in (root, root / "databaserelease2") if (b / SCORES).exists()), root)
    dmos, original, reference = _read_labels(base)
    folder = np.repeat(list(FOLDERS), [total for _, total, _ in FOLDERS.values()])
    number = np.concatenate([np.arange(1, total + 1) for _, total, _ in FOLDERS.values()])
    kept = original == 0
    table = pd.DataFrame(
        {
            "image": [f"{f}/img{n}.bmp" for f, n in zip(folder[kept], number[kept], strict=True)],
            "reference": [name.casefold().removesuffix(".bmp") for name in reference[kept]],
            "distortion": [FOLDERS[f][0] for f in folder[kept]],
            "level": level_of(dmos[kept]),
            "raw_score": dmos[kept],
        }
    )
    table["strength"] = table["level"] / LEVELS
    problems = label_problems(table, SCORES, IMAGES, REFERENCES, LIMITS)
    files = np.full(len(table), "", dtype=object)
    for name, (distortion, total, distorted) in FOLDERS.items():
        rows = np.flatnonzero(folder[kept] == name)
        if len(rows) != distorted:
            problems.append(
                DatasetProblem(
                    "count", f"orgs leaves {len(rows)} images of {name} ({distortion}); as published {distorted}"
                )
            )
        index = index_folder("LIVE", base / name)
        paths, missing = locate([f"img{n}.bmp" for n in number[kept][rows]], index, name, SCORES)
        files[rows] = paths
        every = [f"img{n}.bmp" for n in range(1, total + 1)]
        problems += [*missing, *unlabelled(index, every, name, SCORES), *_info_problems(base / name, name, table)]
    references = sorted(table["reference"].unique())
    reference_files, missing = locate(
        [f"{r}.bmp" for r in references], index_folder("LIVE", base / "refimgs"), "refimgs", NAMES
    )
    return Listing(
        taxonomy=taxonomy,
        table=table,
        load=PhotoFiles(base, tuple(files), dict(zip(references, reference_files, strict=True))),
        files=tuple(base / file for file in (*files, *reference_files) if file),
        scale=SCALE,
        problems=(*problems, *missing),
        notes=(NOTE,),
    )


def _read_labels(base: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The realigned DMOS (982,) float, `orgs` (982,) 0 or 1, and the references' file names (982,) str."""
    total = sum(images for _, images, _ in FOLDERS.values())
    scores = _read_mat(base / SCORES, ("dmos_new", "orgs"))
    dmos, original = scores["dmos_new"].ravel().astype(np.float64), scores["orgs"].ravel()
    if len(original) != len(dmos):
        raise UserError(
            f"LIVE at {base}: {SCORES} has {len(dmos)} scores but {len(original)} entries in orgs, so no score can be "
            "paired with its image; this is an altered copy: get the original release"
        )
    if len(dmos) != total:
        raise UserError(f"LIVE at {base}: {SCORES} has {len(dmos)} scores; release 2 has {total}: get that release")
    names = _read_mat(base / NAMES, ("refnames_all",))["refnames_all"].ravel()
    if len(names) != total:
        raise UserError(
            f"LIVE at {base}: {NAMES} has {len(names)} reference names for {total} images; get the original release"
        )
    if (base / "dmos.mat").exists():
        other = _read_mat(base / "dmos.mat", ("orgs",))["orgs"].ravel()
        if not np.array_equal(other, original):
            raise UserError(f"LIVE at {base}: dmos.mat and {SCORES} disagree on which images are originals (orgs)")
    firsts = [np.ravel(name)[0] if np.size(name) else "" for name in names]
    texts = [first if isinstance(first, str) else "" for first in firsts]
    if not all(text.casefold().endswith(".bmp") for text in texts):
        raise UserError(
            f"LIVE at {base}: {NAMES} holds something else than names of .bmp files; get the original release"
        )
    return dmos, original, np.array(texts, dtype=object)


def _read_mat(path: Path, variables: tuple[str, ...]) -> dict[str, np.ndarray]:
    if not path.exists():
        raise UserError(f"LIVE at {path.parent}: there is no {path.name}; the folder should hold {LAYOUT}")
    content = read_mat(path, "LIVE", variables)
    for variable, value in content.items():
        if variable != "refnames_all" and value.dtype.kind not in "biuf":
            raise UserError(f"LIVE: {path} has something else than numbers as {variable}; get the original release")
    return content


def _info_problems(folder: Path, name: str, table: pd.DataFrame) -> list[DatasetProblem]:
    """Where a folder's info.txt (`reference image parameter` a line) names another reference than refnames_all.mat."""
    info = folder / "info.txt"
    if not info.exists():
        return []
    text = info.read_text(encoding="utf-8", errors="replace")
    stated = {image.casefold(): ref for ref, image in re.findall(r"(?m)^\s*(\S+)\.bmp\s+(img\d+\.bmp)\b", text, re.I)}
    problems = []
    for image, reference in zip(table["image"], table["reference"], strict=True):
        in_folder, file = image.split("/")
        other = stated.get(file, reference).casefold()
        if in_folder == name and other != reference:
            text = f"{name}/info.txt says that {file} was made from {other}, {NAMES} says from {reference}"
            problems.append(DatasetProblem("label", text))
    return problems


SPEC = DatasetSpec(
    name="live",
    title="LIVE",
    source="H. R. Sheikh, M. F. Sabir, A. C. Bovik: A statistical evaluation of recent full reference image quality "
    "assessment algorithms. IEEE Transactions on Image Processing 15(11), 2006; release 2.",
    layout=LAYOUT,
    read=read,
    images=IMAGES,
    references=REFERENCES,
    raw_limits=LIMITS,
    strength_maps=("score",),
)
