"""What the model's tests share: a cache folder of their own, a small bank, and a small dataset one can learn."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from exiqa.bank.schema import Bank
from exiqa.iqadata.datasets.dataset import Dataset

# The tests here and the processes they start import the toy world from this folder.
sys.path.insert(0, str(Path(__file__).parent))

from model_toy import register_tiny_models, toy_bank, toy_dataset


@pytest.fixture(scope="session", autouse=True)
def _tiny_models() -> None:
    register_tiny_models()


@pytest.fixture(scope="session")
def bank() -> Bank:
    return toy_bank()


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """8 references × 3 distortions × 2 levels at 40×48 pixels: for paths, not for learning."""
    return toy_dataset(references=8, levels=2, height=40, width=48)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "artifact"


@pytest.fixture(scope="session")
def tuned(dataset: Dataset, bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artifact with a regressor: a tiny open_clip ViT with two prompts, tuned for a moment."""
    from exiqa.iqadata.datasets.splits import make_split
    from exiqa.model.config import TuneConfig
    from exiqa.model.training.regress import regress
    from exiqa.model.training.tune import tune

    folder = tmp_path_factory.mktemp("tuned")
    config = TuneConfig(
        backbone="open_clip:tiny-vit/random", prompt_length=2, epochs=2, warmup_epochs=1, batch_size=16, device="cpu"
    )
    split = make_split(dataset, seed=0)
    regress(tune(dataset, split, bank, config, folder), dataset, split).artifact.save_pretrained(folder)
    return folder
