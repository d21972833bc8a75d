"""A few images of one's own with distortions and scores, small enough that a model is tuned on them in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from exiqa.bank.storage.store import BankStore, load_bank
from exiqa.bank.taxonomy import load_taxonomy

DATASET = "table:own.csv=images"
TUNE = (
    *("model", "tune", DATASET, "--bank", "own", "--recipe", "scratch", "--out", "model", "--set", "epochs=1"),
    *("--set", "warmup_epochs=0", "--set", "preprocessing=resize", "--set", "device=cpu"),
)
REGRESS = ("model", "regress", "model", DATASET)


def make_own_data(folder: Path, references: int = 6) -> None:
    """`images/`, `own.csv`, `own.toml` and a bank `own` in `banks/`, in `folder`."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    lines = ["image,reference,distortion,level,score"]
    for number in range(references):
        scene = gaussian_filter(rng.random((48, 64, 3)), (2, 2, 0))
        scene = (scene - scene.min()) / np.ptp(scene)
        _write(folder, f"r{number}.png", scene)
        lines.append(f"r{number}.png,r{number}.png,,,1")
        for level in (1, 2):
            _write(folder, f"b{number}{level}.png", gaussian_filter(scene, (2 * level, 2 * level, 0)))
            _write(folder, f"n{number}{level}.png", scene + 0.15 * level * rng.standard_normal(scene.shape))
            for name, distortion in (("b", "gaussian_blur"), ("n", "white_noise")):
                score = 1 - 0.3 * level - 0.01 * number
                lines.append(f"{name}{number}{level}.png,r{number}.png,{distortion},{level},{score:.2f}")
    (folder / "own.csv").write_text("\n".join(lines) + "\n")
    taxonomy = load_taxonomy("kadid10k")
    blocks = ['id = "own"\nname = "Own"']
    for name in ("gaussian_blur", "white_noise"):
        entry = taxonomy[name]
        blocks.append(
            f'[[distortions]]\nid = "{name}"\ncode = "{entry.code}"\nname = "{entry.name}"\n'
            f'explanation = "{entry.explanation}"\nlevels = 2'
        )
    (folder / "own.toml").write_text("\n".join(blocks) + "\n")
    bank = load_bank("kadid10k").select(["gaussian_blur", "white_noise"]).top(2)
    BankStore(folder / "banks").save("own", load_taxonomy(folder / "own.toml"), bank.ranked, bank.provenance)


def _write(folder: Path, name: str, scene: np.ndarray) -> None:
    Image.fromarray(np.uint8(np.clip(scene, 0, 1) * 255)).save(folder / "images" / name)
