"""A small backbone under measurement: pictures are embedded once, and any bank is read out from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from exiqa.bank.schema import Bank
from exiqa.bank.storage.store import load_bank
from exiqa.core.files import canonical_json, sha256_hex
from exiqa.core.progress import progress_bar
from exiqa.core.vector_cache import VectorCache
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.mini_weights import read_mini_weights
from exiqa.model.backbones.text import state_hash
from exiqa.model.inference import predict_strengths, view_embeddings
from exiqa.model.preprocess import PREPROCESSINGS
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.ship import read_out
from exiqa.model.shipped import SHIPPED_FOLDER

CHUNK = 32
"""Pictures between two writes to the cache: what an interruption costs at most."""


@dataclass(frozen=True)
class Picture:
    """A picture that is made when it is needed."""

    key: str
    """Names its pixels: equal keys, equal pixels."""
    load: Callable[[], np.ndarray]
    """-> (H, W, 3) uint8 sRGB."""


class Measured:
    """A backbone, its own artifact, and its embeddings of pictures."""

    def __init__(self, spec: str) -> None:
        """
        Args:
            spec: `exiqa-mini`, or `exiqa-mini@FILE.safetensors`.

        Raises:
            UserError: The file is missing, damaged or does not fit.
        """
        self.spec = spec
        file = spec.partition("@")[2]
        self.weights = Path(file) if file else mini.SHIPPED_WEIGHTS
        self.artifact = read_out(self.weights) if file else Artifact.from_pretrained(SHIPPED_FOLDER)
        """With the weights of Eq. 7 that it was trained with."""
        config = PretrainConfig.model_validate(read_mini_weights(self.weights)[1]["config"])
        self.held_out = config.held_out
        """Distortions that it was never shown, nor their sentences."""
        if self.held_out:
            self.artifact = self.artifact.with_bank(load_bank(config.bank))
        preprocessing = PREPROCESSINGS[self.artifact.preprocessing]
        self._hash = sha256_hex(
            canonical_json([state_hash(self.artifact.model.backbone.visual), preprocessing.name, preprocessing.version])
        )

    @property
    def template(self) -> str:
        """The template set that it was trained with."""
        return self.artifact.model.tuning.template

    def embeddings(self, pictures: Sequence[Picture], title: str) -> list[torch.Tensor]:
        """(V, E) float32 of each picture's V views, from the cache where they are in it."""
        model, cache = self.artifact.model, VectorCache.named("mini-measures")
        width = model.backbone.embed_dim
        vectors: list[np.ndarray] = []
        with progress_bar(title) as step:
            for start in range(0, len(pictures), CHUNK):
                chunk = pictures[start : start + CHUNK]

                def embed(missing: list[int], chunk: Sequence[Picture] = chunk) -> list[np.ndarray]:
                    images = [chunk[place].load() for place in missing]
                    return [one.numpy() for one in view_embeddings(model, images, self.artifact.preprocessing)]

                vectors += cache.get_or_compute([sha256_hex(f"{self._hash} {one.key}") for one in chunk], embed)
                step(len(vectors), len(pictures))
        return [torch.from_numpy(vector.reshape(-1, width).copy()) for vector in vectors]

    def untuned(self, bank: Bank, template: str | None = None) -> AttributeModel:
        """The bank read out by its sentences alone, the weights of Eq. 7 uniform.

        Args:
            bank: Any bank.
            template: A template set; by default the one it was trained with.

        Raises:
            UserError: The bank lacks what the template set needs.
        """
        own = self.artifact.model
        tuning = own.tuning.model_copy(update={"template": template or self.template})
        model = AttributeModel(own.backbone, bank, tuning, tower=own.tower).eval()
        with torch.no_grad():
            model.head.log_scale.copy_(own.head.log_scale)
        return model


def attributes_of(model: AttributeModel, embeddings: Sequence[torch.Tensor]) -> np.ndarray:
    """(N, A) float32 in [0, 1]: P(a|I) of N pictures from the (V, E) embeddings of their views."""
    with torch.no_grad():
        return torch.stack([model.photo_attributes(views) for views in embeddings]).numpy()


def strengths_of(model: AttributeModel, embeddings: Sequence[torch.Tensor]) -> np.ndarray:
    """(N, D) float32 in [0, 1]: P(d|I) of N pictures, columns as in `model.bank.distortions`."""
    return predict_strengths(model, attributes_of(model, embeddings))
