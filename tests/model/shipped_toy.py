"""A small backbone with random weights as a shipped model: the folder that stands in for `model/exiqa_mini`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.iqadata.datasets.dataset import ScoreInfo
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import Assessor
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini import RANDOM
from exiqa.model.backbones.mini_weights import save_mini_weights
from exiqa.model.config import RegressorConfig, Tuning
from exiqa.model.exporting.shipped_graph import export_shipped
from exiqa.model.regressors.regressor import Regressor
from exiqa.model.regressors.score_origin import ScoreOrigin

ORIGIN = ScoreOrigin(
    dataset="made-up",
    dataset_hash="0" * 64,
    split_hash="1" * 64,
    score=ScoreInfo("made-up score, a proxy", "higher is better", "x", proxy=True),
)


def ship_random(folder: Path, distortions: int = 3, top: int = 2) -> Artifact:
    """Write an artifact of the small backbone with all that ships, its weights random; returns it, under torch.

    Its bank is the shipped one of KADID-10k, cut to the first `distortions` with `top` attributes each.
    """
    bank = load_bank("kadid10k@3").top(top)
    bank = bank.select(bank.distortions[:distortions])
    generator = torch.Generator().manual_seed(0)
    weights = folder / "weights.safetensors"
    random = AttributeModel(load_backbone(RANDOM), bank, Tuning(mode="full", learn_logit_scale=True))
    with torch.no_grad():
        for parameter in random.parameters():  # what starts at zero would hide a weight that is left out
            parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    save_mini_weights(random.trained_state(), weights, {})
    model = AttributeModel(load_backbone(f"exiqa-mini@{weights}"), bank, Tuning(mode="shallow", prompt_length=0))
    with torch.no_grad():
        model.head.weight_logits.copy_(torch.randn(model.head.weight_logits.shape, generator=generator))
    regressor = Regressor(len(bank.attributes), RegressorConfig()).eval()
    regressor.mean.copy_(torch.from_numpy(np.full(len(bank.attributes), 0.5, np.float32)))
    regressor.origin = ORIGIN
    artifact = Artifact(model, "grid", {"proxy": regressor})
    artifact.save_pretrained(folder)
    export_shipped(Assessor.of(artifact), folder)
    return artifact
