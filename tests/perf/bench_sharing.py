"""Processes that share this machine's cores: `python tests/perf/bench_sharing.py [--photos 24] [--rounds 3]`.

Two `exiqa assess` at once against one after the other, and `exiqa bench run --jobs 2` against `--jobs 1`, each by the
clock as a user starts them. Nobody fights where two at once take no longer than their sum (limit: 1.3 times that). Who
else is at work on the machine is in the figures: look at `uptime` first.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

ENTRY = [sys.executable, "-c", "from exiqa.cli import main; main()"]
LIMIT = 1.3
SUITE = """
title = "Sharing"
seeds = [0, 1, 2, 3]
k = 2

[tuning]
backbone = "exiqa-mini/random"
mode = "frozen"

[datasets.mini-lvq]
options = { references = 10, height = 96, width = 96 }
banks = { own = "lvq@1" }

[[cells]]
protocol = "quality"
test = ["mini-lvq"]
methods = ["exiqa"]
"""


def seconds(commands: Sequence[Sequence[str]], folder: Path) -> float:
    """By the clock, from the start of the first to the end of the last, all at once."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    begin = time.perf_counter()
    processes = [
        subprocess.Popen([*ENTRY, *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
        for command in commands
    ]
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SystemExit(f"a command ended with {codes}")
    return time.perf_counter() - begin


def assessing(folder: Path, photos: int, rounds: int) -> tuple[float, float]:
    """Medians over the rounds: one after the other, at once."""
    rng = np.random.default_rng(0)
    (folder / "photos").mkdir()
    for number in range(photos):
        pixels = rng.integers(0, 256, (768, 1024, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{number}.png")
    command = ["assess", "photos", "--json"]
    seconds([command], folder)  # warm caches
    after = [seconds([command], folder) + seconds([command], folder) for _ in range(rounds)]
    at_once = [seconds([command, command], folder) for _ in range(rounds)]
    return statistics.median(after), statistics.median(at_once)


def benchmarking(folder: Path, rounds: int) -> tuple[float, float]:
    """Medians over the rounds: in one process, in two."""
    (folder / "suite.toml").write_text(SUITE)
    taken: dict[int, list[float]] = {1: [], 2: []}
    seconds([["bench", "run", "suite.toml", "--out", "warm", "--jobs", "1"]], folder)
    for number in range(rounds):
        for jobs in (1, 2):
            out = f"runs-{number}-{jobs}"
            taken[jobs].append(seconds([["bench", "run", "suite.toml", "--out", out, "--jobs", str(jobs)]], folder))
    return statistics.median(taken[1]), statistics.median(taken[2])


def main() -> None:
    """Print both ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    load = f"{os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else "unknown"
    print(f"{os.cpu_count()} cores, load {load}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}")
    with tempfile.TemporaryDirectory() as name:
        after, at_once = assessing(Path(name), arguments.photos, arguments.rounds)
        print(f"two assess: {at_once:.1f} s at once, {after:.1f} s in sum: {at_once / after:.2f} × (limit {LIMIT})")
    with tempfile.TemporaryDirectory() as name:
        one, two = benchmarking(Path(name), arguments.rounds)
        print(f"bench run: {two:.1f} s with --jobs 2, {one:.1f} s with --jobs 1: {two / one:.2f} × (limit {LIMIT})")


if __name__ == "__main__":
    main()
