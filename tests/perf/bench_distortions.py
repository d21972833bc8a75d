"""How fast the distortions are: `python tests/perf/bench_distortions.py`.

Mean over KADID-10k's 25 distortions × 5 levels on 8-bit photos of 768×512, processor time of one thread. The goals:
11 ms an image without denoise and JPEG 2000; denoise in 150 ms; JPEG 2000 no slower than OpenJPEG's own programs,
`opj_compress` and `opj_decompress`, run one after the other (where they are installed; files included). Beside
denoise stands OpenCV's non-local means, with a patch for each pixel.
Last measured, one core: 14.5 ms, 148 ms, and JPEG 2000 72 ms against 98 ms for the programs. What limits the mean is
jitter (some 125 ms, 40 of them for its random draws and most of the rest for five exact cubic readings), then the
Gaussians and Fourier transforms of color_diffusion and lens_blur, and the draws of the two white noises. Quantiles read
off a table would draw three times as fast, but would cut the tails.
Other load on the machine raises all figures, not all alike: compare figures of one run.
The photos are those of EXIQA_TEST_DATA/kodak where that is set, else packaged ones.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from exiqa.core.image_io import read_photo
from exiqa.iqadata.distortions.registry import LEVELS, distort
from exiqa.iqadata.photos import fit, packaged_photos

APART = ("jpeg2000", "denoise")
GOAL_MS = 11.0
DENOISE_GOAL_MS = 150.0


def photos(width: int, height: int, count: int) -> list[np.ndarray]:
    folder = os.environ.get("EXIQA_TEST_DATA")
    if folder and (width, height) == (768, 512):
        landscape = (read_photo(path) for path in sorted(Path(folder, "kodak").glob("*.png")))
        return [photo for photo in landscape if photo.shape[:2] == (height, width)][:count]
    return [fit(read(), height, width) for read in list(packaged_photos().values())[:count]]


def opencv_denoise_ms(images: list[np.ndarray], variances: tuple[float, ...]) -> float:
    """Mean milliseconds of OpenCV's non-local means on the channels of noisy images, at KADID-10k's levels."""
    milliseconds = []
    for seed, image in enumerate(images):
        for variance in variances:
            noise = np.random.default_rng(seed).normal(0, 255 * math.sqrt(variance), image.shape)
            noisy = np.clip(image + noise, 0, 255).astype(np.uint8)
            start = time.process_time()
            for channel in cv2.split(noisy):
                cv2.fastNlMeansDenoising(channel, None, 0.8 * 255 * math.sqrt(variance), 7, 13)
            milliseconds.append(1000 * (time.process_time() - start))
    return float(np.mean(milliseconds))


def openjpeg_ms(images: list[np.ndarray], ratios: tuple[float, ...]) -> float | None:
    """Mean milliseconds of OpenJPEG's encoder and decoder at KADID-10k's levels; None where they are not installed."""
    if not (shutil.which("opj_compress") and shutil.which("opj_decompress")):
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        for image in images:
            Image.fromarray(image).save(f"{folder}/in.ppm")
            for ratio in ratios:
                encode = ["opj_compress", "-i", "in.ppm", "-o", "it.jp2", "-r", str(ratio), "-I"]
                for command in (encode, ["opj_decompress", "-i", "it.jp2", "-o", "out.ppm"]):
                    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * seconds / (len(images) * len(ratios))


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
    if arguments.dataset == "kadid10k":
        levels, ours = LEVELS["kadid10k"], milliseconds["denoise"]
        theirs = opencv_denoise_ms(images, levels["denoise"])
        print(f"denoise: {ours:.0f} ms (goal {DENOISE_GOAL_MS:.0f}); OpenCV's non-local means alone: {theirs:.0f} ms")
        ours, programs = milliseconds["jpeg2000"], openjpeg_ms(images, levels["jpeg2000"])
        beside = "opj_compress is not installed" if programs is None else f"OpenJPEG's programs: {programs:.0f} ms"
        print(f"jpeg2000: {ours:.0f} ms; {beside}")


if __name__ == "__main__":
    main()
