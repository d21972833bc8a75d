"""A small world for the model's tests: three distortions that show on any scene, and a bank that names them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank, Provenance
from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.iqadata.datasets.dataset import Dataset, ScoreInfo

DISTORTIONS = ("blur", "noise", "grey")
TAXONOMY = Taxonomy(
    id="toy",
    name="Toy",
    distortions=tuple(
        Distortion(id=name, code=str(i), name=name, explanation=f"{name} of growing strength", levels=5)
        for i, name in enumerate(DISTORTIONS)
    ),
)
RANKED = {
    "blur": (
        Attribute(phrase="a softening of details", antonym="crisp detail"),
        Attribute(phrase="smeared edges", antonym="sharp edges"),
    ),
    "noise": (
        Attribute(phrase="a fine random grain", antonym="smooth, clean surfaces"),
        Attribute(phrase="speckled flat areas", antonym="even flat areas"),
    ),
    "grey": (
        Attribute(phrase="washed-out colours", antonym="vivid colours"),
        Attribute(phrase="smeared edges", antonym="sharp edges"),  # shared with blur, to have a shared attribute
        Attribute(phrase="a nearly grey picture", antonym="a colourful picture"),
    ),
}


def toy_bank() -> Bank:
    """Three distortions, six attributes, one of them in two distortions."""
    return Bank(name="toy", version=1, taxonomy=TAXONOMY, ranked=RANKED, provenance=Provenance(method="curated"))


def register_tiny_models() -> None:
    """Let open_clip know tiny-vit, tiny-vit-avg and tiny-resnet: real towers of its own, small enough for tests."""
    import open_clip

    for config in sorted(Path(__file__).parent.glob("tiny-*.json")):
        open_clip.add_model_config(config)


def scene(seed: int, height: int, width: int) -> np.ndarray:
    """(height, width, 3) float in [0, 1]: coloured discs over one another with a fine texture."""
    rng = np.random.default_rng(seed)
    image = np.empty((height, width, 3))
    image[:] = rng.random(3)
    y, x = np.mgrid[:height, :width]
    for _ in range(60):
        radius = min(height, width) * (0.04 + 0.04 * rng.pareto(1.5))
        inside = (y - rng.random() * height) ** 2 + (x - rng.random() * width) ** 2 < radius**2
        image[inside] = rng.random(3)
    texture = gaussian_filter(rng.standard_normal((height, width, 1)), (1, 1, 0))
    return np.clip(image + 0.15 * texture, 0, 1)


def degrade(image: np.ndarray, distortion: str, strength: float, seed: int) -> np.ndarray:
    """(H, W, 3) uint8: `image` with one distortion of a strength in (0, 1]."""
    if distortion == "blur":
        changed = gaussian_filter(image, (4 * strength, 4 * strength, 0))
    elif distortion == "noise":
        changed = image + 0.12 * strength * np.random.default_rng(seed).standard_normal(image.shape)
    else:
        grey = image.mean(axis=2, keepdims=True)
        changed = grey + (image - grey) * (1 - strength)
    return np.round(np.clip(changed, 0, 1) * 255).astype(np.uint8)


@dataclass
class Render:
    """The pixels of a row, made when first asked for."""

    rows: list[tuple[int, str, float]]
    height: int
    width: int
    made: dict[int, np.ndarray] = field(default_factory=dict)

    def __call__(self, row: int) -> np.ndarray:
        if row not in self.made:
            reference, distortion, strength = self.rows[row]
            self.made[row] = degrade(scene(reference, self.height, self.width), distortion, strength, seed=row)
        return self.made[row]


def toy_dataset(references: int = 8, levels: int = 5, height: int = 192, width: int = 256) -> Dataset:
    """`references` scenes × three distortions × `levels` levels; the score falls with the level."""
    rows = [(r, d, (lv + 1) / levels) for r in range(references) for d in DISTORTIONS for lv in range(levels)]
    table = pd.DataFrame(
        {
            "image": [f"s{r:02d}_{d}_{s:.2f}" for r, d, s in rows],
            "reference": [f"s{r:02d}" for r, _, _ in rows],
            "distortion": [d for _, d, _ in rows],
            "level": [round(s * levels) for _, _, s in rows],
            "score": [1 - 0.8 * s for _, _, s in rows],
            "raw_score": [1 - 0.8 * s for _, _, s in rows],
        }
    )
    strengths = np.zeros((len(rows), len(DISTORTIONS)), np.float32)
    for row, (_, distortion, strength) in enumerate(rows):
        strengths[row, DISTORTIONS.index(distortion)] = strength
    grid = tuple((lv + 1) / levels for lv in range(levels))
    return Dataset(
        name="toy",
        taxonomy=TAXONOMY,
        distortions=DISTORTIONS,
        table=table,
        strengths=strengths,
        levels=(grid,) * len(DISTORTIONS),
        strength_map="level",
        score_info=ScoreInfo("made-up score, a proxy", "higher is better", "x", proxy=True),
        load=Render(rows, height, width),
    )
