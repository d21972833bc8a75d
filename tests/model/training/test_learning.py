"""What the whole is for: a tower with random weights learns three distortions, and learns nothing from nonsense."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from model_toy import toy_dataset

from exiqa.bank.schema import Bank
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.config import load_recipe
from exiqa.model.training.tune import tune


@pytest.fixture(scope="module")
def scenes() -> Dataset:
    """14 scenes × 3 distortions × 5 levels at 160×160: 150 training, 15 validation, 45 test images."""
    return toy_dataset(references=14, levels=5, height=160, width=160)


def _rmse_over_prior(dataset: Dataset, bank: Bank, out: Path) -> float:
    """Test RMSE (Eq. 11) over that of the training side's mean strengths, after six epochs of the recipe scratch."""
    split = make_split(dataset, 0)
    train, _, test = split.rows(dataset)
    config = load_recipe("scratch", epochs=6, warmup_epochs=2, validate_every=1)
    artifact = tune(dataset, split, bank, config, out)
    predicted = artifact.predict([dataset.load(int(row)) for row in test]).strengths
    truth = dataset.strengths[test]
    error, constant = predicted - truth, dataset.strengths[train].mean(axis=0) - truth
    return float(np.sqrt(np.square(error).mean() / np.square(constant).mean()))


def test_three_distortions_are_learned(scenes: Dataset, bank: Bank, tmp_path: Path) -> None:
    assert _rmse_over_prior(scenes, bank, tmp_path) < 0.55


def test_shuffled_labels_end_at_the_prior(scenes: Dataset, bank: Bank, tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(len(scenes))
    shuffled = dataclasses.replace(scenes, strengths=scenes.strengths[order])
    assert _rmse_over_prior(shuffled, bank, tmp_path) == pytest.approx(1, abs=0.02)
