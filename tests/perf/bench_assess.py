"""Speed of assessing against the bare image tower: `python tests/perf/bench_assess.py [--model NAME] [--photos 12]`.

One run, on the same views in the same batches, with open_clip's architecture and random weights:
 - `assess` (crops, tower, head, regressor, the Assessment) against bare `encode_image` on ready-made pixels;
 - the exported ONNX graph against the same graph run eagerly by torch, with as many threads.
Decoding the photos is timed by itself and is in no ratio. Rounds alternate; figures are medians over them. On a
machine that others use too, the processor time is the fairer ratio: set OMP_NUM_THREADS=1, so that no thread spins.
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

from exiqa.bank.storage.store import load_bank
from exiqa.core.image_io import read_photo
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import RegressorConfig, Tuning
from exiqa.model.exporting.export import PhotoModel, export_model
from exiqa.model.preprocess import PREPROCESSINGS, to_pixels
from exiqa.model.regressors.regressor import Regressor


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of this process's processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def alternate(first: Callable[[], object], second: Callable[[], object], rounds: int) -> np.ndarray:
    """(2, 2) medians over the rounds: rows first and second, columns wall clock and processor time, in seconds."""
    first(), second()
    taken = np.empty((rounds, 2, 2))
    for number in range(rounds):
        # Neither is always the one that finds warm caches.
        for which, work in list(enumerate((first, second)))[:: 1 if number % 2 else -1]:
            taken[number, which] = spent(work)
    return np.median(taken, axis=0)


def verdict(times: np.ndarray, limit: float) -> str:
    """How many times as fast the second is."""
    wall, cpu = times[0] / times[1]
    return f"{wall:.3f} × by the clock, {cpu:.3f} × by processor time (limit {limit:g})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    bank = load_bank("kadid10k@1")
    model = AttributeModel(load_backbone(f"open_clip:{given.model}/random"), bank, Tuning(mode="frozen"))
    artifact = Artifact(model, "native", {"mos": Regressor(len(bank.attributes), RegressorConfig()).eval()})
    assessor = Assessor.of(artifact)
    size = model.backbone.image_size
    print(f"open_clip {given.model}, random weights, {size} px, {torch.get_num_threads()} threads, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(given.photos):
            files.append(Path(folder) / f"{number}.png")
            Image.fromarray(scene(number, 384, 512)).save(files[-1])
        photos: list[np.ndarray] = []
        decode, _ = spent(lambda: photos.extend(read_photo(file) for file in files))
        print(f"decoding (in no ratio)     {given.photos / decode:8.1f} photos/s")
        views = np.concatenate([PREPROCESSINGS["native"].test_views(photo, size) for photo in photos])
        pixels = to_pixels(views)
        batch = 60  # views: what assess takes at a time, 12 photos

        def bare() -> None:
            with torch.no_grad():
                for start in range(0, len(pixels), batch):
                    model.encode_image(pixels[start : start + batch])

        times = alternate(bare, lambda: assessor.assess(photos), given.rounds)
        print(f"bare encode_image          {given.photos / times[0, 0]:8.2f} photos/s")
        print(
            f"assess                     {given.photos / times[1, 0]:8.2f} photos/s   {verdict(times, 0.95)}",
            flush=True,
        )

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

        times = alternate(run_eager, lambda: session.run(None, {"views": grouped.numpy()}), given.rounds)
        print(f"eager graph                {given.photos / times[0, 0]:8.2f} photos/s")
        print(f"exported ONNX              {given.photos / times[1, 0]:8.2f} photos/s   {verdict(times, 1)}")
        print(f"largest difference ONNX to eager {exported.largest_difference:.1e}")


if __name__ == "__main__":
    main()
