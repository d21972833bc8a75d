"""The model that ships: the small backbone read out in KADID-10k's bank, and a score that is a proxy.

`python -m exiqa.model.pretraining.ship WEIGHTS PHOTOS` makes it from the weights that `exiqa model pretrain` wrote and
the folder of photographs that they were trained on; its card, README.md, is written by hand.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import torch

from exiqa.core.errors import UserError
from exiqa.core.progress import progress_bar
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split
from exiqa.iqadata.standins.specs import StandinSpec
from exiqa.iqadata.standins.standin import dataset_of, photo_sources
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import load
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini_weights import read_mini_weights
from exiqa.model.config import Tuning
from exiqa.model.exporting.shipped_graph import export_shipped
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.photos import load_photo_list
from exiqa.model.pretraining.pretrain import pretraining_bank
from exiqa.model.shipped import SHIPPED_FOLDER
from exiqa.model.training.regress import Regression, regress

REGRESSOR = "proxy"
HEIGHT, WIDTH = 288, 384
"""Pixels of the photos that the regressor is fitted on."""


def read_out(weights: Path) -> Artifact:
    """The backbone of a weights file with the bank and the weights of Eq. 7 that it was trained with, no regressor.

    Raises:
        UserError: The file is missing, damaged or does not fit.
    """
    tensors, about = read_mini_weights(weights)
    config = PretrainConfig.model_validate(about["config"])
    bank = pretraining_bank(config)
    if bank.hash != about["bank_hash"]:
        raise UserError(f"{weights} was trained on another {bank.id} than the one that ships")
    spec = mini.SPEC if weights.resolve() == mini.SHIPPED_WEIGHTS.resolve() else f"{mini.SPEC}@{weights}"
    tuning = Tuning(mode="shallow", prompt_length=0, template=config.template)
    model = AttributeModel(load_backbone(spec), bank, tuning)
    with torch.no_grad():
        model.head.weight_logits.copy_(tensors["head.weight_logits"])
    return Artifact(model, "grid")


def ship(weights: Path, photos: Path) -> Regression:
    """Make the shipped model's files from a weights file and the folder of the pretraining's photographs."""
    if weights.resolve() != mini.SHIPPED_WEIGHTS.resolve():
        shutil.copyfile(weights, mini.SHIPPED_WEIGHTS)
    listed = load_photo_list()
    sources = photo_sources([photo.file(photos) for photo in listed])
    held_out = {str(photo.file(photos)) for photo in listed if photo.held_out}
    spec = StandinSpec("kadid10k", photos=(), references=0, scenes=0)
    dataset = dataset_of("pretraining-photos", spec, sources, "photographs", height=HEIGHT, width=WIDTH)
    with progress_bar("Reading out") as move:
        regression = regress(
            read_out(mini.SHIPPED_WEIGHTS),
            dataset,
            _unseen_apart(dataset, {source.name for source in sources if source.path in held_out}),
            name=REGRESSOR,
            on_image=lambda done: move(done, len(dataset)),
        )
    with tempfile.TemporaryDirectory() as folder:
        regression.artifact.save_pretrained(folder)
        (Path(folder) / "README.md").unlink()
        shutil.copytree(folder, SHIPPED_FOLDER, dirs_exist_ok=True)
    export_shipped(load(SHIPPED_FOLDER, device="cpu", engine="torch"), SHIPPED_FOLDER)
    return regression


def _unseen_apart(dataset: Dataset, unseen: set[str]) -> Split:
    """Trains on all references but `unseen`, those that the towers were not trained on.

    On these the regressor's epoch is chosen and its figures are taken: what the towers say of a photo that they know is
    surer than what they say of any other.
    """
    held = tuple(reference for reference in dataset.references if reference in unseen)
    return Split(
        dataset=dataset.name,
        seed=0,
        ratio="held-out photos",
        train=tuple(reference for reference in dataset.references if reference not in unseen),
        validation=held[::2],
        test=held[1::2],
    )


if __name__ == "__main__":
    regression = ship(Path(sys.argv[1]), Path(sys.argv[2]))
    print(
        f"{SHIPPED_FOLDER}: {regression.images} training images; held-out photos: SRCC {regression.srcc:.3f}, "
        f"RMSE {regression.rmse:.4f}"
    )
