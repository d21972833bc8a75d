"""Tuning with `attribute_truth`: attributes come to answer to what is seen, which labels alone do not teach them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_toy import Render, scene, toy_dataset
from torch.nn import functional as F

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.bank.schema import Bank
from exiqa.bench.metrics.attributes.agreement import rank_correlations
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import Split, make_split
from exiqa.iqadata.grounding.attribute_truth import AttributeTruth, attribute_truth
from exiqa.model.config import TuneConfig, load_recipe
from exiqa.model.head import truth_loss
from exiqa.model.training import tune as tuning
from exiqa.model.training.log import read_log
from exiqa.model.training.tune import tune

NONSENSE = ("a fluent legend", "a weekly wage", "a jealous motto")


@dataclasses.dataclass
class RenderWithReferences(Render):
    """The toy pixels with their references."""

    def reference(self, key: str) -> np.ndarray:
        return np.round(scene(int(key[1:]), self.height, self.width) * 255).astype(np.uint8)


def _with_references(dataset: Dataset) -> Dataset:
    render = dataset.load
    assert isinstance(render, Render)
    return dataclasses.replace(dataset, load=RenderWithReferences(render.rows, render.height, render.width))


@pytest.fixture(scope="module")
def dealt(bank: Bank) -> Bank:
    """Each distortion has an attribute of its own and one of the next: of those two, labels do not tell which holds."""
    own = [bank.ranked[distortion][0] for distortion in bank.distortions]
    ranked = {d: (own[at], own[(at + 1) % len(own)]) for at, d in enumerate(bank.distortions)}
    return Bank(name="dealt", version=1, taxonomy=bank.taxonomy, ranked=ranked, provenance=bank.provenance)


@pytest.fixture(scope="module")
def scenes() -> Dataset:
    """8 scenes × 3 distortions × 5 levels at 128×128."""
    if minilm_folder() is None:
        pytest.skip("the sentence encoder's package is not installed")
    return _with_references(toy_dataset(references=8, levels=5, height=128, width=128))


@pytest.fixture(scope="module")
def split(scenes: Dataset) -> Split:
    """Without a validation side: what is judged are the last weights, chosen by no label."""
    return make_split(scenes, 0, "80/20")


@pytest.fixture(scope="module")
def truth(scenes: Dataset, split: Split, dealt: Bank) -> AttributeTruth:
    """Of the test images."""
    return attribute_truth(dealt, scenes, split.rows(scenes)[2])


def _settings(**changes: Any) -> TuneConfig:
    short = {"epochs": 6, "warmup_epochs": 1, "validate_every": 6, "patience": "none"}
    return load_recipe("scratch", **{**short, **changes})


def _judged(
    scenes: Dataset, split: Split, bank: Bank, truth: AttributeTruth, config: TuneConfig, out: Path
) -> tuple[float, float]:
    """Cross-entropy against the truth of the test images, and the mean rank correlation with it."""
    artifact = tune(scenes, split, bank, config, out)
    test = split.rows(scenes)[2]
    predicted = artifact.predict([scenes.load(int(row)) for row in test]).attributes[:, truth.linked]
    true = truth.values[:, truth.linked]
    error = F.binary_cross_entropy(torch.from_numpy(predicted).clamp(1e-4, 1 - 1e-4), torch.from_numpy(true))
    return float(error), float(rank_correlations(predicted, true).mean())


def test_attributes_learn_what_is_seen(
    scenes: Dataset,
    split: Split,
    dealt: Bank,
    truth: AttributeTruth,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error, agreement = {}, {}

    def judge(name: str, **changes: Any) -> None:
        config = _settings(**changes)
        error[name], agreement[name] = _judged(scenes, split, dealt, truth, config, tmp_path / name)

    judge("untrained", attribute_truth=True, epochs=0, warmup_epochs=0)
    judge("labels")
    judge("truth", attribute_truth=True)

    learned = tuning.training_truth

    def shuffled(bank: Bank, dataset: Dataset, rows: np.ndarray) -> AttributeTruth:
        found = learned(bank, dataset, rows)
        values = found.values.copy()
        values[rows] = values[np.random.default_rng(0).permutation(rows)]
        return AttributeTruth(values, found.linked)

    monkeypatch.setattr(tuning, "training_truth", shuffled)
    judge("shuffled truth", attribute_truth=True)
    print(error, agreement)

    assert error["truth"] < min(error["untrained"], error["labels"], error["shuffled truth"]) - 0.05
    assert agreement["truth"] > max(agreement["untrained"], agreement["labels"], agreement["shuffled truth"]) + 0.05
    losses = [line["loss"] for line in read_log(tmp_path / "truth" / "training" / "log.jsonl") if "loss" in line]
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.2


def test_the_epoch_is_chosen_by_strengths_and_truth_together(
    dataset: Dataset, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = make_split(dataset, 0)
    train, validation, _ = split.rows(dataset)
    linked = np.ones(len(bank.attributes), bool)
    linked[0] = False

    def all_true(bank: Bank, dataset: Dataset, rows: np.ndarray) -> AttributeTruth:
        """Learned at once, and at the cost of the strengths."""
        assert {*train, *validation} == {*rows}
        values = np.zeros((len(dataset), len(linked)), np.float32)
        values[rows] = linked
        return AttributeTruth(values, linked)

    monkeypatch.setattr(tuning, "training_truth", all_true)
    config = TuneConfig(
        backbone="open_clip:tiny-vit/random",
        prompt_length=2,
        epochs=4,
        warmup_epochs=0,
        learning_rate=0.05,
        batch_size=16,
        device="cpu",
        attribute_truth=True,
    )
    artifact = tune(dataset, split, bank, config, tmp_path)
    lines = [line for line in read_log(tmp_path / "training" / "log.jsonl") if "validation_rmse" in line]
    by_strengths = min(lines, key=lambda line: line["validation_rmse"])
    by_both = min(lines, key=lambda line: line["validation_rmse"] + line["validation_truth_loss"])
    assert artifact.training["best_step"] == by_both["step"] != by_strengths["step"]
    assert artifact.training["validation_rmse"] == by_both["validation_rmse"]
    predicted = artifact.predict([dataset.load(int(row)) for row in validation]).attributes[:, linked]
    expected = F.binary_cross_entropy(torch.from_numpy(predicted), torch.ones(predicted.shape))
    assert by_both["validation_truth_loss"] == pytest.approx(float(expected), abs=1e-3)


def test_the_loss_is_the_mean_cross_entropy_over_what_is_linked() -> None:
    logits = torch.tensor([[0.0, 2.0], [-1.0, 1.0]], requires_grad=True)
    truth = torch.tensor([[1.0, 0.5], [0.0, 0.2]])
    p = torch.sigmoid(logits)
    expected = -(truth * p.log() + (1 - truth) * (1 - p).log()).mean(dim=1)
    torch.testing.assert_close(truth_loss(logits, truth), expected)


def test_what_cannot_be_learned_from_is_said(scenes: Dataset, split: Split, bank: Bank, tmp_path: Path) -> None:
    config = _settings(attribute_truth=True)
    bare = toy_dataset(references=8, levels=5, height=128, width=128)
    with pytest.raises(UserError, match="compares each image with its reference, and toy has none at hand"):
        tune(bare, split, bank, config, tmp_path)
    ranked = {
        distortion: (Attribute(phrase=phrase),) for distortion, phrase in zip(bank.distortions, NONSENSE, strict=True)
    }
    words = Bank(name="words", version=1, taxonomy=bank.taxonomy, ranked=ranked, provenance=bank.provenance)
    with pytest.raises(UserError, match="no attribute of the bank words@1 is linked to an effect"):
        tune(scenes, split, words, config, tmp_path)
    with pytest.raises(ValueError, match="mode 'frozen' learns nothing"):
        TuneConfig(mode="frozen", attribute_truth=True)


def test_another_truth_is_another_run(
    scenes: Dataset, split: Split, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint is not gone on with after what is learned from has changed."""
    config = _settings(attribute_truth=True, epochs=1, warmup_epochs=0)
    few = split.model_copy(update={"train": split.train[:2], "test": (*split.test, *split.train[2:])})
    tune(scenes, few, bank, config, tmp_path)
    found = tuning.training_truth(bank, scenes, few.rows(scenes)[0])
    monkeypatch.setattr(tuning, "training_truth", lambda *_: AttributeTruth(found.values / 2, found.linked))
    with pytest.raises(UserError, match="holds another tuning run"):
        tune(scenes, few, bank, config, tmp_path)
