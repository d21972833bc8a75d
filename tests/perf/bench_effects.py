"""How fast the effects are: `python tests/perf/bench_effects.py`.

Processor time of one thread for all effects of a 512×384 pair, the median over packaged photos and distortions, and how
much of it each effect takes when they are measured one after the other (the first that needs an intermediate pays for
it). The goal: 60 ms. Other load on the machine raises all figures.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import cv2

from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.effects import EFFECTS, measure_effects
from exiqa.iqadata.effects.pairing.pair import Pair
from exiqa.iqadata.photos import fit, packaged_photos

GOAL_MS = 60.0
DISTORTIONS = ("gaussian_blur", "jpeg", "white_noise", "color_shift", "color_quantization", "contrast_change")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="512x384", help="WIDTHxHEIGHT")
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--maps", action="store_true")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    cv2.setNumThreads(1)
    photos = [fit(read(), height, width) for read in list(packaged_photos().values())[: arguments.photos]]
    pairs = [(photo, distort(photo, distortion, 4)) for photo in photos for distortion in DISTORTIONS]
    measure_effects(*pairs[0])
    total, single = [], dict.fromkeys(EFFECTS, 0.0)
    for reference, distorted in pairs:
        start = time.process_time()
        measure_effects(reference, distorted, arguments.maps)
        total.append(1000 * (time.process_time() - start))
        pair = Pair(reference, distorted)
        for effect, measured in EFFECTS.items():
            start = time.process_time()
            measured.measure(pair)
            single[effect] += 1000 * (time.process_time() - start) / len(pairs)
    for effect, milliseconds in sorted(single.items(), key=lambda item: -item[1]):
        print(f"{effect:20} {milliseconds:6.1f} ms")
    print(f"all {len(EFFECTS)}{' with maps' if arguments.maps else ''} on {arguments.size}: {median(total):.1f} ms, ")
    print(f"median of {len(pairs)} pairs, processor time of one thread (goal {GOAL_MS:.0f} ms)")


if __name__ == "__main__":
    main()
