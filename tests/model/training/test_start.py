"""Tuning that goes on from a tuned model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import TuneConfig
from exiqa.model.training.start import start_from, start_settings
from exiqa.model.training.tune import tune


def _config(start: Artifact, **changes: Any) -> TuneConfig:
    values = {"epochs": 0, "warmup_epochs": 0, "batch_size": 16, "device": "cpu"}
    return TuneConfig.model_validate({**values, **start_settings(start), **changes})


def test_a_run_without_a_step_is_the_model_it_started_from(
    tuned: Path, dataset: Dataset, bank: Bank, tmp_path: Path
) -> None:
    start = Artifact.from_pretrained(tuned)
    images = [dataset.load(row) for row in (0, 9)]
    again = tune(dataset, make_split(dataset, seed=0), bank, _config(start, seed=5), tmp_path, start=start)
    np.testing.assert_array_equal(again.predict(images).strengths, start.predict(images).strengths)
    fresh = tune(dataset, make_split(dataset, seed=0), bank, _config(start, seed=5), tmp_path / "fresh")
    assert not (fresh.predict(images).strengths == start.predict(images).strengths).all()
    assert again.training["validation_rmse"] == start.training["validation_rmse"]


def test_another_start_is_another_run(tuned: Path, dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    start, split = Artifact.from_pretrained(tuned), make_split(dataset, seed=0)
    tune(dataset, split, bank, _config(start), tmp_path, start=start)
    with pytest.raises(UserError, match="another tuning run"):
        tune(dataset, split, bank, _config(start), tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"prompt_length": 3}, "in mode 'shallow' with 2 prompts, and this run is in mode 'shallow' with 3"),
        ({"mode": "deep"}, "this run is in mode 'deep' with 2"),
        ({"backbone": "exiqa-mini/random"}, "is on open_clip:tiny-vit/random, and this run on exiqa-mini/random"),
    ],
)
def test_what_has_no_place_is_refused(tuned: Path, bank: Bank, changes: dict[str, Any], sentence: str) -> None:
    start = Artifact.from_pretrained(tuned)
    config = _config(start, **changes)
    with pytest.raises(UserError, match=sentence):
        start_from(AttributeModel(load_backbone(config.backbone), bank, config), start)


def test_the_shipped_model_can_be_given_prompts(dataset: Dataset, bank: Bank) -> None:
    start = Artifact.from_pretrained("exiqa-mini")
    config = _config(start, prompt_length=2)
    model = AttributeModel(load_backbone(config.backbone), start.bank.top(3), config)
    before = model.head.weight_logits.clone()
    start_from(model, start)
    assert float(model.head.logit_scale) == pytest.approx(float(start.model.head.logit_scale))
    assert torch.equal(model.head.weight_logits, before), "K = 3 has other attributes, whose weights stay uniform"
    whole = AttributeModel(load_backbone(config.backbone), start.bank, config)
    start_from(whole, start)
    assert torch.equal(whole.head.weight_logits, start.model.head.weight_logits)
