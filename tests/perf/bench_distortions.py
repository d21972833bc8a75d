"""How fast the distortions are: `python tests/perf/bench_distortions.py`.

Mean over KADID-10k's 25 distortions × 5 levels on 8-bit photos of 768×512, one thread. JPEG 2000 and denoise, whose
time is that of their libraries, are left out of the mean and printed beside it. The goal is 25 ms an image.
The photos are those of EXIQA_TEST_DATA/kodak where that is set, else packaged ones.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np

from exiqa.core.image_io import read_photo
from exiqa.iqadata.distortions.registry import LEVELS, distort
from exiqa.iqadata.photos import fit, packaged_photos

APART = ("jpeg2000", "denoise")
GOAL_MS = 25.0


def photos(width: int, height: int, count: int) -> list[np.ndarray]:
    folder = os.environ.get("EXIQA_TEST_DATA")
    if folder and (width, height) == (768, 512):
        landscape = (read_photo(path) for path in sorted(Path(folder, "kodak").glob("*.png")))
        return [photo for photo in landscape if photo.shape[:2] == (height, width)][:count]
    return [fit(read(), height, width) for read in list(packaged_photos().values())[:count]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="768x512", help="WIDTHxHEIGHT")
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--dataset", default="kadid10k", choices=LEVELS)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    cv2.setNumThreads(1)
    images = photos(width, height, arguments.photos)
    milliseconds: dict[str, float] = {}
    for distortion, parameters in LEVELS[arguments.dataset].items():
        distort(images[0][:64, :64], distortion, 1, arguments.dataset)
        start = time.process_time()
        for seed, image in enumerate(images):
            for level in range(1, len(parameters) + 1):
                distort(image, distortion, level, arguments.dataset, seed)
        milliseconds[distortion] = 1000 * (time.process_time() - start) / (len(images) * len(parameters))
    for distortion, value in sorted(milliseconds.items(), key=lambda item: -item[1]):
        print(f"{distortion:28} {value:8.1f} ms" + ("  (apart)" if distortion in APART else ""))
    mean = float(np.mean([value for distortion, value in milliseconds.items() if distortion not in APART]))
    print(f"{arguments.dataset}, {arguments.size}, {len(images)} photos, processor time of one thread")
    print(
        f"mean without {' and '.join(APART)}: {mean:.1f} ms an image (goal {GOAL_MS:.0f}; ratio {mean / GOAL_MS:.2f})"
    )


if __name__ == "__main__":
    main()
