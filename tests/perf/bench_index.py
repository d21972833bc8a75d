"""How long KADID-10k's 10,125 rows take to index: `python tests/perf/bench_index.py`.

A copy in the original layout (one tiny image, linked 10,206 times) is built in a temporary folder and listed once, so
that the folder is in the system's cache; then loading is timed: label file, folder listing, checks, strengths.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from dataset_trees import build_kadid10k

from exiqa.iqadata import load_dataset

LIMIT = 1.0
RUNS = 5


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "kadid10k"
        build_kadid10k(root)
        dataset = load_dataset("kadid10k", root)
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            load_dataset("kadid10k", root)
            seconds.append(time.perf_counter() - start)
    middle = sorted(seconds)[RUNS // 2]
    print(
        f"{len(dataset):,} rows indexed in {middle:.3f} s (median of {RUNS}; {min(seconds):.3f} to {max(seconds):.3f})"
    )
    print(
        f"{len(dataset) / middle:,.0f} rows a second; {'within' if middle < LIMIT else 'OVER'} the limit of {LIMIT:g} s"
    )
    return 0 if middle < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
