"""Speed of the model that ships: `python tests/perf/bench_mini.py [--folder DIR]`.

 - photos of 512×384 a second over the full grid of crops, under torch and under onnxruntime, each with as many threads
   as it takes by itself, and without decoding;
 - seconds from a cold start to the answer of `exiqa assess photo.png`, both ways, each time in a new process.
Rounds alternate between the two; figures are medians over them. The processor time stands beside the clock's, as the
clock says little on a machine that others use too.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table

from exiqa.iqadata.standins.scenes import scene
from exiqa.model.assessing.assessor import load
from exiqa.model.shipped import SHIPPED_FOLDER

HEIGHT, WIDTH = 384, 512
COMMAND = "import sys; from exiqa.cli import main; sys.argv[0] = 'exiqa'; main()"
WITHOUT_ONNXRUNTIME = "import sys; sys.modules['onnxruntime'] = None; "


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time of this process and those that it started and that ended."""
    wall, cpu = time.perf_counter(), _processor_time()
    work()
    return time.perf_counter() - wall, _processor_time() - cpu


def _processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def alternate(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """Median seconds of each way by the clock and of processor time, after one round that does not count."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in list(ways)[:: 1 if number % 2 else -1]:
            taken[name].append(spent(ways[name]))
    return {name: tuple(np.median(times[1:], axis=0)) for name, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=SHIPPED_FOLDER, help="the shipped model's, or a copy of it")
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    graph, under_torch = load(given.folder), load(given.folder, device="cpu", engine="torch")
    if graph.engine.name == under_torch.engine.name:
        sys.exit(f"{given.folder} has no graph, or onnxruntime is not installed")
    names = {"torch": under_torch.engine.name, "onnxruntime": graph.engine.name}
    photos = [scene(number, HEIGHT, WIDTH) for number in range(given.photos)]
    print(f"{os.cpu_count()} cores, torch on {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}")
    reading = alternate(
        {"torch": lambda: under_torch.assess(photos), "onnxruntime": lambda: graph.assess(photos)},
        given.rounds,
    )
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        Image.fromarray(photos[0]).save(photo)
        words = ["assess", str(photo), "--model", str(given.folder)]

        def command(before: str) -> Callable[[], object]:
            return lambda: subprocess.run(
                [sys.executable, "-c", before + COMMAND, *words], check=True, capture_output=True
            )

        cold = alternate({"torch": command(WITHOUT_ONNXRUNTIME), "onnxruntime": command("")}, given.rounds)
    table = Table("engine", f"photos/s at {WIDTH}×{HEIGHT}", "processor ms a photo", "cold start, s", "processor, s")
    for way in names:
        (wall, cpu), (start, start_cpu) = reading[way], cold[way]
        table.add_row(names[way], f"{len(photos) / wall:.1f}", f"{1000 * cpu / len(photos):.0f}", f"{start:.2f}",
                      f"{start_cpu:.2f}")  # fmt: skip
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
