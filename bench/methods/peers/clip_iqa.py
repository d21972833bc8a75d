"""CLIP-IQA on any backbone: how much nearer a photo is to "Good photo." than to "Bad photo.".

J. Wang, K. C. K. Chan, C. C. Loy, "Exploring CLIP for Assessing the Look and Feel of Images", AAAI 2023. Nothing is
fitted. The paper's own variant, a ResNet-50 without positional embeddings fed with whole photos, is a matter of
weights that have to be fetched; here the antonym pair is read off the backbone that ours is tuned from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exiqa.bench.methods.method import SCORES, Method
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.model.preprocess import crops_at, five_places

if TYPE_CHECKING:
    from torch import Tensor

    from exiqa.bench.cells.record import Record

PAIR = ("Good photo.", "Bad photo.")


def predict(task: PredictionTask) -> np.ndarray:
    """(T,) float32 scores in [0, 1], higher is better: the mean over a photo's five native-resolution crops.

    Raises:
        UserError: The backbone cannot be loaded.
    """
    from exiqa.bench.methods.peers import towers
    from exiqa.model.backbones.text import encode_sentences

    backbone = towers.backbone_of(task)
    tower = towers.tower_of(backbone)
    anchors = encode_sentences(backbone.text_tower, PAIR, tower.mean.device)

    def extract(photo: np.ndarray) -> np.ndarray:
        views = tower.embed(crops_at(photo, tower.size, five_places))
        return antonym_score(views, anchors, backbone.logit_scale).mean(dim=0, keepdim=True).cpu().numpy()

    extractor = f"clip-iqa {METHOD.version} {tower.hash} {backbone.logit_scale}"
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
    return (logit_scale * images @ anchors.T).softmax(dim=-1)[:, 0]


def _learned_no_such_text(record: Record) -> str:
    if record.pretraining is None or record.pretraining.free_text:
        return ""
    return (
        f"{record.cell.backbone} learned sentences about distortions alone and none such as “{PAIR[0]}”, so that its "
        "answer to this pair says nothing of CLIP-IQA"
    )


METHOD = Method(
    label="CLIP-IQA pair",
    meaning="the untuned backbone's choice between “Good photo.” and “Bad photo.” (CLIP-IQA's antonym pair); nothing "
    "is fitted",
    protocols=SCORES,
    predict=predict,
    uses="backbone",
    not_comparable=_learned_no_such_text,
)
