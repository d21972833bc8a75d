"""Which levels cannot be told apart at which size of image.

Lengths scale with the image, pixels do not: a blur of half a pixel at 512×384 is none at 192×128. A level whose image
is the reference's, or another level's, has a label that nothing in the picture bears out, so stand-ins and recipes
leave it out. Which those are is measured: `python -m exiqa.iqadata.certifying.sizes` writes `indistinguishable.csv`
beside this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from exiqa.iqadata.distortions.levels import LEVELS, STRETCHED
from exiqa.iqadata.distortions.numerics.colorspace import from_bytes, stretch, to_bytes
from exiqa.iqadata.distortions.registry import DISTORTIONS, distort, levels_of, parameter_of, table_of
from exiqa.iqadata.distortions.strength import magnitude

SIZES = ((96, 128), (128, 192), (192, 256), (288, 384), (384, 512))
"""(height, width) of the sizes measured. Above the last nothing is lost: all lengths are longer there."""

LEAST_DIFFERENCE = 1.0
"""Two images are told apart from this root mean square difference on, in grey levels of 255 (48.1 dB)."""

TABLE = Path(__file__).parent / "indistinguishable.csv"
_COLUMNS = "dataset,distortion,level,height,width,same_as,difference"


@dataclass(frozen=True)
class Lost:
    """A level that looks like another one, or like the reference, at one size."""

    dataset: str
    distortion: str
    level: int
    height: int
    width: int
    same_as: int
    """The weaker level it looks like; 0 for the reference."""
    difference: float
    """Root mean square difference from that, in grey levels of 255: the median over the packaged photos, or for errors
    of transmission, whose cost varies a thousandfold, the root mean square over them."""


def distinguishable(dataset: str, distortion: str, level: int, height: int = 384, width: int = 512) -> bool:
    """Whether a level can be told from the reference and from every weaker level, in an image of some size.

    Args:
        dataset: Whose levels; a distortion's own, of another package, are taken to be told apart at every size.
        distortion: Its id.
        level: From 1.
        height: In pixels; the nearest of the measured `SIZES` decides, by the number of pixels.
        width: Likewise.

    Raises:
        UserError: There is no such dataset, distortion or level.
    """
    parameter_of(dataset, distortion, level)
    return (table_of(dataset, distortion), distortion, level) not in _lost_at(nearest_size(height, width))


def distinguishable_levels(dataset: str, distortion: str, height: int = 384, width: int = 512) -> tuple[int, ...]:
    """The levels of a distortion that `distinguishable` holds for, ascending; empty where there is none."""
    levels = range(1, len(levels_of(dataset, distortion)) + 1)
    return tuple(level for level in levels if distinguishable(dataset, distortion, level, height, width))


def levels_without_effect(dataset: str) -> tuple[tuple[str, int], ...]:
    """The (distortion, level) of a dataset that leave an image of the published size, 512×384, as it is."""
    return tuple(
        (row.distortion, row.level)
        for row in lost_levels()
        if row.dataset == dataset and (row.height, row.width) == SIZES[-1] and not row.same_as
    )


def nearest_size(height: int, width: int) -> tuple[int, int]:
    """The one of `SIZES` whose number of pixels is nearest, by ratio."""
    return min(SIZES, key=lambda size: abs(math.log(size[0] * size[1] / (height * width))))


@cache
def lost_levels() -> tuple[Lost, ...]:
    """Every row of the committed table."""
    rows = (line.split(",") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:])
    return tuple(
        Lost(dataset, distortion, int(level), int(height), int(width), int(same_as), float(difference))
        for dataset, distortion, level, height, width, same_as, difference in rows
    )


@cache
def _lost_at(size: tuple[int, int]) -> frozenset[tuple[str, str, int]]:
    return frozenset(
        (row.dataset, row.distortion, row.level) for row in lost_levels() if (row.height, row.width) == size
    )


def measure_lost(dataset: str, distortion: str, size: tuple[int, int]) -> Iterator[Lost]:
    """The levels of a distortion that look like the reference or like a weaker level at `size` (height, width).

    Levels are taken by magnitude, each against the reference and all weaker ones that stand; one seed a photo.
    """
    from exiqa.iqadata.photos import fit, packaged_photos

    photos = [fit(read(), *size) for read in packaged_photos().values()]
    if dataset in STRETCHED:
        photos = [to_bytes(stretch(from_bytes(photo))) for photo in photos]
    heavy_tailed = DISTORTIONS[distortion].kind == "transmission"
    standing: dict[int, list[np.ndarray]] = {0: photos}
    levels = range(1, len(levels_of(dataset, distortion)) + 1)
    for level in sorted(levels, key=lambda level: magnitude(distortion, parameter_of(dataset, distortion, level))):
        images = [distort(photo, distortion, level, dataset, seed) for seed, photo in enumerate(photos)]
        for other, others in standing.items():
            each = np.array([_difference(a, b) for a, b in zip(images, others, strict=True)])
            difference = float(np.sqrt(np.mean(each**2)) if heavy_tailed else np.median(each))
            if difference < LEAST_DIFFERENCE:
                yield Lost(dataset, distortion, level, *size, other, round(difference, 2))
                break
        else:
            standing[level] = images


def _difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.sqrt(np.mean((first.astype(np.float32) - second) ** 2)))


def write_table(path: Path = TABLE, say: Callable[[str], None] = print) -> None:
    """Measure every level of every dataset at every size and write the table. Takes a few minutes."""
    from exiqa.core.files import write_text

    lines = [_COLUMNS]
    for dataset, levels in LEVELS.items():
        for distortion in levels:
            for size in SIZES:
                for row in measure_lost(dataset, distortion, size):
                    lines.append(
                        f"{dataset},{distortion},{row.level},{row.height},{row.width},{row.same_as},{row.difference}"
                    )
                    say(lines[-1])
    write_text(path, "\n".join(lines) + "\n")


if __name__ == "__main__":
    write_table()
