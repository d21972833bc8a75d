"""Seconds, memory and size of a report made of many records.

python tests/perf/bench_report.py [records] [--profile]

Makes records of random numbers (five data sets, ten seeds, several banks; 25 distortions) with 50 images for the
explorer, then renders them in a process of its own. Limits for 10,000 records: the tables 7 s, the
figures 15 s more, 1 GB, a page of 5 MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

SETS = ("kadid10k", "tid2013", "csiq", "live", "lvq")
SEEDS = 10
MEASURE = """
import resource, sys, time
start, processor = time.perf_counter(), time.process_time()
from pathlib import Path
from exiqa.bench.reports.figures import figure_files, figures_of
from exiqa.bench.reports.renderers.files import render_report
from exiqa.bench.reports.report import report_of
from exiqa.bench.reports.results import read_results
report = report_of(read_results(Path(sys.argv[1])), "Speed")
before, processor_before = time.perf_counter(), time.process_time()
drawn = figure_files(figures_of(report))
figures, of_figures = time.perf_counter() - before, time.process_time() - processor_before
paths = render_report(report, Path(sys.argv[2]), drawn)
tables, of_tables = time.perf_counter() - start - figures, time.process_time() - processor - of_figures
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
size = sum(path.stat().st_size for path in Path(sys.argv[2]).rglob("*.*"))
print(f"tables {tables:.1f} s, {len(drawn)} figures {figures:.1f} s more "
      f"(of the processor {of_tables:.1f} and {of_figures:.1f} s), {memory:.2f} GiB, "
      f"page {paths[1].stat().st_size / 1e6:.2f} MB, all files {size / 1e6:.1f} MB")
"""


def make(folder: Path, count: int) -> int:
    """Write about `count` records, without syncing each to the disk; how many."""
    from made_run import made_images, made_records

    from exiqa.bench.cells.record import Record
    from exiqa.bench.explorer.explorer import write_explorer
    from exiqa.core.files import sha256_hex

    # Per seed and data set: three trivial rows, and for each bank two rows and one for each other data set.
    banks = max(1, round((count / SEEDS / len(SETS) - 3) / (len(SETS) + 1)))
    kinds = [f"distortion_{number}" for number in range(25)]
    written = 0
    # One seed and bank are computed; the others get their figures and predictions: the report's time does not see it.
    for record, frame in made_records(SETS, 1, ["kadid10k@1"], kinds):
        data = frame.to_parquet(index=False)
        hashes = record.hashes.model_copy(update={"predictions": sha256_hex(data)})
        own = range(1, banks + 1) if record.cell.bank else [0]
        for seed, bank in product(range(SEEDS), own):
            cell = record.cell.model_copy(update={"seed": seed, "bank": f"kadid10k@{bank}" if bank else None})
            change = 1 - 0.01 * seed / bank if bank else 1
            metrics = {name: None if value is None else value * change for name, value in record.metrics.items()}
            mine = hashes.model_copy(update={"split": sha256_hex(f"{cell.test}{seed}")})
            copy: Record = record.model_copy(update={"cell": cell, "hashes": mine, "metrics": metrics})
            (folder / f"{cell.file_stem}.json").write_text(copy.model_dump_json(indent=1), encoding="utf-8")
            (folder / f"{cell.file_stem}.parquet").write_bytes(data)
            written += 1
    write_explorer(folder, made_images(50, distortions=kinds))
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int, nargs="?", default=10_000)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs, out = Path(name) / "runs", Path(name) / "out"
        runs.mkdir()
        start = time.perf_counter()
        written = make(runs, asked.records)
        size = sum(path.stat().st_size for path in runs.iterdir() if path.is_file()) / 1e6
        print(f"{written} records of {size:.0f} MB made in {time.perf_counter() - start:.0f} s")
        profile = ["-m", "cProfile", "-s", "cumulative"] if asked.profile else []
        (Path(name) / "measure.py").write_text(MEASURE)
        subprocess.run([sys.executable, *profile, str(Path(name) / "measure.py"), str(runs), str(out)], check=True)


if __name__ == "__main__":
    main()
