"""Random directions of the image embedding in the place of the bank's: what words are worth over no words at all."""

from __future__ import annotations

import numpy as np

from exiqa.bench.methods.controls.control import control
from exiqa.bench.methods.method import SCORES
from exiqa.bench.methods.prediction_task import PredictionTask


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores by as many directions as the bank has attributes, Gaussian, drawn by the cell's seed, each
    as long as the attribute's own.

    Raises:
        UserError: As `exiqa.bench.methods.exiqa.predict`.
    """
    import torch

    from exiqa.bench.methods import ours
    from exiqa.model.artifacts.artifact import Artifact
    from exiqa.model.attribute_model import AttributeModel

    artifact = ours.tuned(task)
    model = artifact.model
    directions = model.directions().detach()
    generator = torch.Generator().manual_seed(task.cell.seed)
    drawn = torch.randn(directions.shape, generator=generator).to(directions.device)
    drawn *= directions.norm(dim=1, keepdim=True) / drawn.norm(dim=1, keepdim=True)
    blind = AttributeModel(model.backbone, model.bank, model.tuning, tower=model.tower, directions=drawn)
    return ours.score_with(task, Artifact(blind.to(directions.device), artifact.preprocessing))


METHOD = control(
    "Random directions",
    "ours with Gaussian directions of the embedding in the place of the attributes', as many and as long, drawn anew "
    "for each split",
    predict=predict,
    protocols=SCORES,
)
