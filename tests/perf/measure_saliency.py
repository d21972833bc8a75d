"""Whether saliency maps look at the distortion: `python tests/perf/measure_saliency.py MODEL PHOTOS [--count 40]`.

One half of each photo (left or right, drawn by a seed) gets one of the model's distortions at a level; what counts is
the share of the map's mass in that half (chance: .5). Beside it, as the control, the same model with random weights.
Photos come from a folder; with fewer photos than --count, each is used with several distortions.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from iqadata.image_io import read_photo
from iqadata.photos import fit, list_photos
from iqadata.registry import LEVELS, distort
from model.artifact import Artifact
from model.attribute_model import AttributeModel
from model.backbone import load_backbone
from model.saliency import saliency

DATASET = "kadid10k"
HEIGHT, WIDTH = 384, 512


def half_distorted(photo: np.ndarray, distortion: str, level: int, left: bool, seed: int) -> tuple[np.ndarray, slice]:
    """(H, W, 3) uint8 -> the photo with one half distorted, and that half's columns."""
    half = slice(0, photo.shape[1] // 2) if left else slice(photo.shape[1] // 2, photo.shape[1])
    changed = photo.copy()
    changed[:, half] = distort(photo, distortion, level, DATASET, seed)[:, half]
    return changed, half


def shares(artifact: Artifact, cases: list[tuple[np.ndarray, str, bool]], level: int) -> np.ndarray:
    """(N,) the share of each map's mass in the distorted half."""
    found = []
    for seed, (photo, distortion, left) in enumerate(cases):
        changed, half = half_distorted(photo, distortion, level, left, seed)
        found.append(float(saliency(artifact, changed, distortion).map[:, half].sum()))
    return np.array(found)


def randomised(artifact: Artifact, seed: int = 1) -> Artifact:
    """The same architecture and bank with random weights, tuned on nothing."""
    model = artifact.model
    fresh = load_backbone(model.backbone.spec, seed=seed)
    return Artifact(AttributeModel(fresh, artifact.bank, model.tuning, seed=seed), artifact.preprocessing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--level", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    artifact = Artifact.from_pretrained(given.model)
    names = list_photos(given.photos)
    kinds = [distortion for distortion in artifact.bank.distortions if distortion in LEVELS[DATASET]]
    rng = np.random.default_rng(given.seed)
    cases = [
        (
            fit(read_photo(given.photos / names[number % len(names)]), HEIGHT, WIDTH),
            kinds[number % len(kinds)],
            bool(rng.integers(2)),
        )
        for number in range(given.count)
    ]
    ours, control = shares(artifact, cases, given.level), shares(randomised(artifact), cases, given.level)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, (_, distortion, _) in enumerate(cases):
        by_kind[distortion].append(number)
    print(f"{given.count} photos, one half at level {given.level}; median share of the map in that half")
    print(f"{'distortion':28} {'model':>6} {'random weights':>15}")
    for distortion, rows in by_kind.items():
        print(f"{distortion:28} {np.median(ours[rows]):6.3f} {np.median(control[rows]):15.3f}")
    print(f"{'all':28} {np.median(ours):6.3f} {np.median(control):15.3f}")


if __name__ == "__main__":
    main()
