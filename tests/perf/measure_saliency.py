"""Whether saliency maps look at the distortion: `python tests/perf/measure_saliency.py MODEL PHOTOS [--out DIR]`.

One half of each photo (left or right, drawn by a seed) gets one of the model's distortions at a level; what counts is
the share of the map's mass in that half (chance: .5). Beside it, as the control, the same model with random weights.
Photos come from a folder; with fewer photos than --count, each is used with several distortions. --out writes the
table as saliency.md and the first maps as saliency.jpg.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from exiqa.core.files import write_text
from exiqa.core.image_io import read_photo
from exiqa.iqadata.distortions.registry import LEVELS, distort
from exiqa.iqadata.photos import fit, list_photos
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.explain import overlay
from exiqa.model.assessing.saliency import saliency
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.families import load_backbone

Case = tuple[np.ndarray, str, bool]
"""(H, W, 3) photo, distortion, whether its left half is distorted."""

DATASET = "kadid10k"
HEIGHT, WIDTH = 384, 512
TILE = (256, 192)
DRAWN = 8


def half_distorted(photo: np.ndarray, distortion: str, level: int, left: bool, seed: int) -> tuple[np.ndarray, slice]:
    """(H, W, 3) uint8 -> the photo with one half distorted, and that half's columns."""
    half = slice(0, photo.shape[1] // 2) if left else slice(photo.shape[1] // 2, photo.shape[1])
    changed = photo.copy()
    changed[:, half] = distort(photo, distortion, level, DATASET, seed)[:, half]
    return changed, half


def shares(artifact: Artifact, cases: list[Case], level: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """(N,) the share of each map's mass in the distorted half, and the N maps (H, W)."""
    found, maps = [], []
    for seed, (photo, distortion, left) in enumerate(cases):
        changed, half = half_distorted(photo, distortion, level, left, seed)
        maps.append(saliency(artifact, changed, distortion).map)
        found.append(float(maps[-1][:, half].sum()))
    return np.array(found), maps


def draw(path: Path, cases: list[Case], level: int, columns: list[list[np.ndarray]]) -> None:
    """A row a case: the photo with its distorted half, then what each of `columns` sees there."""
    rows = []
    for seed, (photo, distortion, left) in enumerate(cases):
        changed, _ = half_distorted(photo, distortion, level, left, seed)
        pictures = [changed, *(overlay(changed, maps[seed]) for maps in columns)]
        rows.append(np.concatenate([cv2.resize(p, TILE, interpolation=cv2.INTER_AREA) for p in pictures], axis=1))
    Image.fromarray(np.concatenate(rows)).save(path, quality=80)


def randomised(artifact: Artifact, seed: int = 1) -> Artifact:
    """The same architecture and bank with random weights, tuned on nothing."""
    model = artifact.model
    own = model.backbone.spec
    fresh = load_backbone(mini.RANDOM if own.startswith(mini.SPEC) else own, seed=seed)
    return Artifact(AttributeModel(fresh, artifact.bank, model.tuning, seed=seed), artifact.preprocessing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--level", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
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
    (ours, our_maps), (control, control_maps) = (
        shares(one, cases, given.level) for one in (artifact, randomised(artifact))
    )
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, (_, distortion, _) in enumerate(cases):
        by_kind[distortion].append(number)
    lines = [
        f"{given.count} photos, one half at level {given.level}: median share of the map's mass in it (chance: .5).",
        "",
        "| distortion | photos | model | random weights |",
        "|---|--:|--:|--:|",
    ]
    for distortion, rows in [*by_kind.items(), ("**all**", list(range(given.count)))]:
        lines.append(f"| {distortion} | {len(rows)} | {np.median(ours[rows]):.3f} | {np.median(control[rows]):.3f} |")
    print("\n".join(lines))
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        draw(given.out / "saliency.jpg", cases[:DRAWN], given.level, [our_maps, control_maps])
        about = (
            f"Model: {artifact.model.backbone.spec}, {artifact.bank.id}, hash {artifact.hash[:16]}, seed {given.seed}."
        )
        table = "\n".join(lines)
        picture = "![photo with one distorted half, the model's map, the map with random weights](saliency.jpg)"
        kinds_drawn = ", ".join(distortion for _, distortion, _ in cases[:DRAWN])
        write_text(
            given.out / "saliency.md",
            f"# Where the model sees a distortion\n\n{table}\n\n{about}\n\n{picture}\n\n"
            f"From the top: {kinds_drawn}. Left: the photo; middle: the model; right: random weights.\n",
        )


if __name__ == "__main__":
    main()
