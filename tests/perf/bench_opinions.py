"""Speed of what fitting to opinions takes: `python tests/perf/bench_opinions.py [--photos 64]`.

 - attributes of 512×512 photos a second, from JPEG files on the disk, decoding beside the model, as `exiqa assess` and
   `model regress` read them (goal: 12 on two cores);
 - seconds that each kind of regressor takes for 10,000 rows of as many attributes as the shipped bank has, with what it
   chooses on the validation rows (goal: 10, of an mlp 60);
 - this process's peak of memory (goal: 2 GB).
The rows are random, since how long a fit takes hardly depends on what is in them.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from exiqa.iqadata.standins.scenes import scene
from exiqa.model.assessing.assessor import load
from exiqa.model.regressors.kind import KINDS
from exiqa.model.regressors.regressor import fit_regressor

SIDE, ROWS, VALIDATION, ATTRIBUTES = 512, 10_000, 1_000, 232
QUALITY = 90


def photos_a_second(engine: str, count: int) -> float:
    """Of `count` JPEG files; the first sixteenth warms the model up and does not count."""
    assessor = load(engine=engine)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.jpg" for number in range(count)]
        for number, file in enumerate(files):
            Image.fromarray(scene(number % 8, SIDE, SIDE)).save(file, quality=QUALITY)
        warm = max(1, count // 16)
        list(assessor.assess_files(files[:warm]))
        start = time.perf_counter()
        done = len(list(assessor.assess_files(files[warm:])))
        return done / (time.perf_counter() - start)


def seconds_to_fit(kind: str) -> float:
    """Of one fit with its settings chosen."""
    rng = np.random.default_rng(0)
    attributes = rng.beta(0.3, 2, (ROWS + VALIDATION, ATTRIBUTES)).astype(np.float32)
    harm = rng.normal(size=ATTRIBUTES)
    scores = attributes @ harm + rng.normal(size=len(attributes))
    scores = ((scores - scores.min()) / np.ptp(scores)).astype(np.float32)
    start = time.perf_counter()
    fit_regressor(attributes[:ROWS], scores[:ROWS], attributes[ROWS:], scores[ROWS:], None, kind, "logit")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=64)
    given = parser.parse_args()
    table = Table(title=f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    for column in ("what", "here", "goal"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for engine in ("auto", "torch"):
        table.add_row(
            f"512×512 photos a second, engine {engine}", f"{photos_a_second(engine, given.photos):.1f}", "≥ 12"
        )
    for kind in KINDS.names():
        table.add_row(
            f"{kind}, {ROWS:,} rows: seconds", f"{seconds_to_fit(kind):.1f}", "≤ 60" if kind == "mlp" else "≤ 10"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    table.add_row("peak memory, GiB", f"{peak:.2f}", "≤ 2")
    Console().print(table)


if __name__ == "__main__":
    main()
