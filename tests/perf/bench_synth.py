"""Rate, scaling and memory of the multi-distortion set at 512x384.

    python tests/perf/bench_synth.py            # rates of one and two workers, the estimate for 100,000 images
    python tests/perf/bench_synth.py --memory   # a worker's peak memory at 1,000 and at 10,000 images (long)

Two workers should render at least 1.8 times one; a worker should stay below 500 MB, the same at both counts.
Last measured: 175 ms of processor time an image of 512x384 with 13 distortions in the mean, which is 0.67 to 0.79 of
what it took before denoise and JPEG 2000 were made faster and jitter exact, and 1.9 times one worker's rate with two.
Run it on a quiet machine: other load lowers the ratio.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path

import psutil
from PIL import Image

from exiqa.core.parallel import Workers
from exiqa.iqadata import scene
from exiqa.iqadata.synthesis.recipe import recipe_head
from exiqa.iqadata.synthesis.synth import synthesise

HEIGHT, WIDTH = 384, 512


def write_photos(folder: Path, count: int) -> None:
    folder.mkdir()
    for seed in range(count):
        Image.fromarray(scene(seed, HEIGHT, WIDTH)).save(folder / f"{seed:05d}.png", compress_level=1)


def rates(folder: Path, images: int) -> None:
    """The paper's recipes: up to 25 distortions an image. Workers are warmed up before the clock starts."""
    write_photos(folder / "photos", images // 4)
    warm = recipe_head("kadid10k", seed=1, repeats=1, images=8, kmax=3)
    full = recipe_head("kadid10k", seed=0, repeats=4)
    seconds = {}
    for jobs in (1, 2):
        synthesise(folder / "photos", warm, folder / f"warm{jobs}", workers=Workers(jobs))
        start = time.perf_counter()
        done = synthesise(folder / "photos", full, folder / f"set{jobs}", workers=Workers(jobs))
        seconds[jobs] = time.perf_counter() - start
        rate = done.rendered / seconds[jobs]
        print(f"{jobs} worker{'s' * (jobs > 1)}: {rate:6.2f} images/s over {done.rendered} images")
    print(f"two workers / one: {seconds[1] / seconds[2]:.2f} (wanted: 1.8)")
    for jobs in (1, 2):
        print(f"100,000 images with {jobs}: {100_000 * seconds[jobs] / images / 3600:.1f} h (estimate from this rate)")


class PeakMemory:
    """The largest resident set of any child process, sampled ten times a second, in MB."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._stop.wait(0.1):
            for child in psutil.Process().children(recursive=True):
                try:
                    self.peak = max(self.peak, child.memory_info().rss / 1e6)
                except psutil.NoSuchProcess:
                    continue

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def memory(folder: Path) -> None:
    """All 25 distortions, one an image: how many follow one another does not change what is held at once."""
    write_photos(folder / "photos", 250)
    for images in (1_000, 10_000):
        head = recipe_head("kadid10k", seed=0, repeats=images // 250, kmax=1)
        with PeakMemory() as watched:
            start = time.perf_counter()
            synthesise(folder / "photos", head, folder / f"set{images}", workers=Workers(2))
        print(f"{images:6d} images: a worker's peak is {watched.peak:.0f} MB, {time.perf_counter() - start:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--images", type=int, default=200, help="images a rate is measured over")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            memory(Path(folder))
        else:
            rates(Path(folder), arguments.images)


if __name__ == "__main__":
    main()
