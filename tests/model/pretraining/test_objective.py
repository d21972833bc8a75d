"""What the small backbone learns from: each loss by itself."""

from __future__ import annotations

import pytest
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.iqadata.effects.measure import EFFECTS
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.distorted_crops import CropBatch
from exiqa.model.pretraining.objective import PretrainingObjective
from exiqa.model.pretraining.phrases import TEMPLATE


@pytest.fixture(scope="module")
def objective() -> PretrainingObjective:
    config = PretrainConfig(steps=1, phrases_each=2, phrases_more=20)
    bank = load_bank(config.bank)
    model = AttributeModel(load_backbone("exiqa-mini/random"), bank, Tuning(mode="full", template=TEMPLATE))
    return PretrainingObjective(model, config).train()


def _batch(objective: PretrainingObjective, known: bool = True, nan: bool = False) -> tuple[torch.Tensor, CropBatch]:
    torch.manual_seed(4)
    count = len(objective.distortions)
    strengths = torch.rand(6, count) * (torch.rand(6, count) > 0.9)
    visibility = torch.rand(6, len(EFFECTS))
    if nan:
        visibility[2:] = torch.nan
    columns = torch.ones(6, count, dtype=torch.bool) if known else torch.rand(6, count) > 0.5
    batch = CropBatch(torch.empty(0), strengths, columns, visibility)
    return torch.randn(6, objective.model.backbone.embed_dim, requires_grad=True), batch


def test_only_the_weights_of_equation_7_learn_from_the_bank(objective: PretrainingObjective) -> None:
    embedding, batch = _batch(objective)
    loss = objective.losses(embedding, batch, 0)["weights"]
    loss.backward()
    moved = {name for name, p in objective.named_parameters() if p.grad is not None and p.grad.any()}
    assert moved == {"model.head.weight_logits"}
    assert embedding.grad is None
    objective.zero_grad()


def test_pictures_that_cannot_be_compared_teach_strengths_only(objective: PretrainingObjective) -> None:
    embedding, batch = _batch(objective, nan=True)
    (of_truth,) = torch.autograd.grad(objective.losses(embedding, batch, 0)["truth"], embedding)
    assert of_truth[:2].any() and not of_truth[2:].any()
    (of_strengths,) = torch.autograd.grad(objective.losses(embedding, batch, 0)["strengths"], embedding)
    assert of_strengths.any(dim=1).all()


def test_what_is_not_known_teaches_nothing(objective: PretrainingObjective) -> None:
    embedding, batch = _batch(objective, known=False)
    before = objective.losses(embedding, batch, 0)
    other = batch._replace(strengths=torch.where(batch.known, batch.strengths, 1 - batch.strengths))
    after = objective.losses(embedding, other, 0)
    for name in ("strengths", "names"):
        torch.testing.assert_close(before[name], after[name])


def test_phrases_are_drawn_anew_at_each_step(objective: PretrainingObjective) -> None:
    embedding, batch = _batch(objective)
    losses = [objective.losses(embedding, batch, step)["strengths"].item() for step in (0, 1, 0)]
    assert losses[0] == losses[2] != losses[1]
