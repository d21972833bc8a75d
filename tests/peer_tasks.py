"""A small data set of real pixels that a peer can learn, and tasks on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from exiqa.bank.taxonomy import Distortion, Taxonomy
from exiqa.bench.cells.record import Cell
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset, ScoreInfo
from exiqa.iqadata.datasets.splits import make_split
from exiqa.iqadata.standins.scenes import scene

SIDE = 64
LEVELS = 4
DISTORTIONS = ("blur", "noise")


@cache
def _scene(seed: int) -> np.ndarray:
    return scene(seed, SIDE, SIDE).astype(np.float64)


@dataclass
class Pixels:
    """Row number -> a scene under blur or noise, made when first asked for."""

    first_scene: int
    made: dict[int, np.ndarray]

    def __call__(self, row: int) -> np.ndarray:
        if row not in self.made:
            reference, rest = divmod(row, len(DISTORTIONS) * LEVELS)
            kind, level = divmod(rest, LEVELS)
            photo = _scene(self.first_scene + reference)
            if kind == 0:
                photo = gaussian_filter(photo, (0.7 * (level + 1), 0.7 * (level + 1), 0))
            else:
                photo = photo + 8 * (level + 1) * np.random.default_rng(row).standard_normal(photo.shape)
            self.made[row] = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
        return self.made[row]


def small_dataset(name: str = "small", references: int = 12, first_scene: int = 0) -> Dataset:
    """`references` scenes × blur and noise × 4 levels at 64×64; the score falls with the level."""
    rows, strengths = [], []
    for reference in range(references):
        for column, distortion in enumerate(DISTORTIONS):
            for level in range(1, LEVELS + 1):
                score = 1 - 0.2 * level
                rows.append((f"{reference}_{distortion}_{level}", f"{reference:02d}", distortion, level, score, score))
                strengths.append([level / LEVELS if column == own else 0 for own in range(len(DISTORTIONS))])
    kinds = tuple(Distortion(id=d, code=d, name=d, explanation=f"adds {d}", levels=LEVELS) for d in DISTORTIONS)
    return Dataset(
        name=name,
        taxonomy=Taxonomy(id=name, name=name.title(), distortions=kinds),
        distortions=DISTORTIONS,
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        strengths=np.array(strengths, np.float32),
        levels=((0.25, 0.5, 0.75, 1.0),) * 2,
        strength_map="level",
        score_info=ScoreInfo("made-up score, a proxy", "higher is better", "x", proxy=True),
        load=Pixels(first_scene, {}),
    )


def with_shuffled_scores(dataset: Dataset, seed: int = 0) -> Dataset:
    """The same images, each with the score of another: nothing is left to learn."""
    shuffled = np.random.default_rng(seed).permutation(dataset.table["score"].to_numpy())
    return replace(dataset, table=dataset.table.assign(score=shuffled, raw_score=shuffled))


def quality_task(
    method: str,
    test: Dataset,
    work: Path,
    *,
    train: Dataset | None = None,
    protocol: str = "quality",
    ratio: str = "70/10/20",
    backbone: str | None = None,
) -> PredictionTask:
    """A task of seed 0 for a quality protocol; `train` None means the test set."""
    train = test if train is None else train
    cell = Cell.model_validate(
        {"protocol": protocol, "method": method, "train": train.name, "test": test.name, "split": ratio, "seed": 0,
         "backbone": backbone}
    )  # fmt: skip
    return PredictionTask(
        cell=cell,
        train=train,
        train_split=make_split(train, 0, ratio),
        test=test,
        test_split=make_split(test, 0, ratio),
        bank=None,
        train_bank=None,
        settings={},
        work=work,
    )


def write_arniqa_weights() -> None:
    """Random weights where torch looks, in the layout that torchmetrics reads: the authors' names for the encoder, and
    a module as the regressor."""
    import torch
    from torch import nn
    from torchvision.models import resnet50

    from exiqa.bench.methods.peers import arniqa

    folder = arniqa.weights_folder()
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    encoder = nn.Sequential(*list(resnet50().children())[:-1])
    torch.save({f"model.{name}": tensor for name, tensor in encoder.state_dict().items()}, folder / arniqa.ENCODER)
    regressor = nn.Module()
    regressor.weights = nn.Parameter(torch.zeros(1, 4096))
    regressor.biases = nn.Parameter(torch.zeros(()))
    torch.save(regressor, folder / arniqa.REGRESSOR)
