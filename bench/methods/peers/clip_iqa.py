"""CLIP-IQA on any backbone: how much nearer a photo is to "Good photo." than to "Bad photo.".

J. Wang, K. C. K. Chan, C. C. Loy, "Exploring CLIP for Assessing the Look and Feel of Images", AAAI 2023. Nothing is
fitted. The paper's own variant, a ResNet-50 without positional embeddings fed with whole photos, is a matter of
weights that have to be fetched; here the antonym pair is read off the backbone that ours is tuned from.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from exiqa.bench.cells.prediction_task import PredictionTask
from exiqa.bench.methods.peers import towers
from exiqa.bench.methods.peers.features import cached_features, source_version
from exiqa.model import preprocess
from exiqa.model.backbones.text import encode_sentences

PAIR = ("Good photo.", "Bad photo.")


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores in [0, 1], higher is better: the mean over a photo's five native-resolution crops.

    Raises:
        UserError: The backbone cannot be loaded.
    """
    backbone = towers.backbone_of(task)
    tower = towers.tower_of(backbone)
    anchors = encode_sentences(backbone.text_tower, PAIR, tower.mean.device)

    def extract(photo: np.ndarray) -> np.ndarray:
        views = tower.embed(preprocess.five_crops(photo, tower.size))
        return antonym_score(views, anchors, backbone.logit_scale).mean(dim=0, keepdim=True).cpu().numpy()

    version = source_version(__file__, towers.__file__, preprocess.__file__)
    extractor = f"clip-iqa {version} {tower.hash} {backbone.logit_scale}"
    return cached_features(task.test, task.test_rows, extractor, extract)[:, 0]


def antonym_score(images: Tensor, anchors: Tensor, logit_scale: float) -> Tensor:
    """The first anchor's share in a softmax over the scaled dot products.

    Args:
        images: (N, E) unit vectors.
        anchors: (2, E) unit vectors.
        logit_scale: What the dot products are multiplied by.

    Returns:
        (N,) in [0, 1].
    """
    return torch.softmax(logit_scale * images @ anchors.T, dim=-1)[:, 0]
