"""How fast is it? Photos a second over the full grid of crops, and a cold start of `exiqa assess`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench_mini import COMMAND, HEIGHT, WIDTH, alternate
from PIL import Image

from exiqa.iqadata.standins.scenes import scene
from exiqa.model.assessing.assessor import load
from exiqa.model.shipped import SHIPPED, SHIPPED_FOLDER
from mini.backbone import Measured
from mini.findings import Findings, Headline

PHOTOS, ROUNDS = 24, 5


def measure_speed(measured: Measured) -> Findings:
    """With onnxruntime for what ships; other weights, which have no graph, under torch and without a cold start."""
    photos = [scene(number, HEIGHT, WIDTH) for number in range(PHOTOS)]
    if measured.spec != SHIPPED:
        wall, _ = alternate({"torch": lambda: measured.artifact.predict(photos)}, ROUNDS)["torch"]
        return Findings([Headline("photos of 512×384 a second, torch", PHOTOS / wall)])
    assessor = load(SHIPPED_FOLDER)
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        Image.fromarray(photos[0]).save(photo)

        def cold() -> None:
            subprocess.run([sys.executable, "-c", COMMAND, "assess", str(photo)], check=True, capture_output=True)

        taken = alternate({"warm": lambda: assessor.assess(photos), "cold": cold}, ROUNDS)
    return Findings(
        [
            Headline(f"photos of 512×384 a second, {assessor.engine.name}", PHOTOS / taken["warm"][0], "≥ 14"),
            Headline("cold start of `exiqa assess`, s", taken["cold"][0], "≤ .7"),
        ]
    )
