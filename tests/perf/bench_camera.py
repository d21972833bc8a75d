"""How fast the camera family is: `python tests/perf/bench_camera.py`.

Milliseconds an image for each distortion, mean over its five levels on photos of 512×384, and the slowest level;
processor time of one thread. The goal is 30 ms in the mean.
"""

from __future__ import annotations

import time

import cv2
import numpy as np

from exiqa.iqadata.distortions.registry import LEVELS, apply, random_generator
from exiqa.iqadata.distortions.variants.matching import scenes

GOAL_MS = 30.0
SEEDS = 3


def main() -> None:
    cv2.setNumThreads(1)
    images = scenes()[:4]
    means = {}
    for distortion, parameters in LEVELS["authentic"].items():
        apply(images[0][:64, :64], distortion, parameters[0], random_generator(distortion, 0))
        levels = []
        for parameter in parameters:
            start = time.process_time()
            for seed in range(SEEDS):
                for image in images:
                    apply(image, distortion, parameter, random_generator(distortion, seed))
            levels.append(1000 * (time.process_time() - start) / (SEEDS * len(images)))
        means[distortion] = float(np.mean(levels))
        print(f"{distortion:30} mean {means[distortion]:6.1f} ms, slowest level {max(levels):6.1f} ms")
    mean, slowest = float(np.mean(list(means.values()))), max(means, key=lambda name: means[name])
    print(f"{len(means)} distortions × 5 levels, 512×384, processor time of one thread")
    print(f"mean {mean:.1f} ms an image (goal {GOAL_MS:.0f}); the slowest is {slowest}, {means[slowest]:.1f} ms")


if __name__ == "__main__":
    main()
