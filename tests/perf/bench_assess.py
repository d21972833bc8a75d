"""Speed of assessing against the bare image tower: `python tests/perf/bench_assess.py [--model NAME] [--photos 12]`.

One run, on the same views in the same batches, with open_clip's architecture and random weights:
 - `assess` (crops, tower, head, regressor, the Assessment) against bare `encode_image` on ready-made pixels;
 - the exported ONNX graph against the same graph run eagerly by torch, with as many threads.
Decoding the photos is timed by itself and is in no ratio. Rounds alternate, so that both see the same load of the
machine; the ratio is the median over the rounds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bank.store import load_bank
from iqadata.image_io import read_photo
from iqadata.scenes import scene
from model.artifact import Artifact
from model.assess import Assessor
from model.attribute_model import AttributeModel
from model.backbone import load_backbone
from model.config import RegressorConfig, Tuning
from model.export import PhotoModel, export_model
from model.preprocess import PREPROCESSINGS, to_pixels
from model.regressor import Regressor


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of both, and the median of second ÷ first over the rounds."""
    first(), second()
    pairs = []
    for number in range(rounds):
        if number % 2:  # neither is always the one that finds warm caches
            later = seconds(second)
            pairs.append((seconds(first), later))
        else:
            pairs.append((seconds(first), seconds(second)))
    both = np.array(pairs)
    return float(np.median(both[:, 0])), float(np.median(both[:, 1])), float(np.median(both[:, 1] / both[:, 0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    bank = load_bank("kadid10k@1")
    model = AttributeModel(load_backbone(f"open_clip:{given.model}/random"), bank, Tuning(mode="frozen"))
    artifact = Artifact(model, "native", {"mos": Regressor(len(bank.attributes), RegressorConfig()).eval()})
    assessor = Assessor(artifact)
    size = model.backbone.image_size
    print(f"open_clip {given.model}, random weights, {size} px, {torch.get_num_threads()} threads, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(given.photos):
            files.append(Path(folder) / f"{number}.png")
            Image.fromarray(scene(number, 384, 512)).save(files[-1])
        photos: list[np.ndarray] = []
        decode = seconds(lambda: photos.extend(read_photo(file) for file in files))
        print(f"decoding (in no ratio)     {given.photos / decode:8.1f} photos/s")
        views = np.concatenate([PREPROCESSINGS["native"].test_views(photo, size) for photo in photos])
        pixels = to_pixels(views)
        batch = 60  # views: what assess takes at a time, 12 photos

        def bare() -> None:
            with torch.no_grad():
                for start in range(0, len(pixels), batch):
                    model.encode_image(pixels[start : start + batch])

        a, b, ratio = alternate(bare, lambda: assessor.assess_many(photos), given.rounds)
        print(f"bare encode_image          {given.photos / a:8.1f} photos/s ({len(views) / a:.1f} views/s)")
        print(f"assess                     {given.photos / b:8.1f} photos/s   {1 / ratio:.3f} × (limit 0.95)")

        import onnxruntime

        exported = export_model(assessor, Path(folder) / "exported", "onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(exported.model, options, providers=["CPUExecutionProvider"])
        eager = PhotoModel(artifact, assessor.regressor).eval()
        grouped = pixels.unflatten(0, (given.photos, -1)).contiguous()

        def run_eager() -> None:
            with torch.no_grad():
                eager(grouped)

        a, b, ratio = alternate(run_eager, lambda: session.run(None, {"views": grouped.numpy()}), given.rounds)
        print(f"eager graph                {given.photos / a:8.1f} photos/s")
        print(f"exported ONNX              {given.photos / b:8.1f} photos/s   {1 / ratio:.3f} × (limit 1)")
        print(f"largest difference ONNX to eager {exported.largest_difference:.1e}")


if __name__ == "__main__":
    main()
