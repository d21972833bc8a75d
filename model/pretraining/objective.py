"""What the small backbone learns from: strengths through phrases (Eqs. 6-8), each phrase's own truth, and names."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exiqa.model.attribute_model import AttributeModel
from exiqa.model.head import attribute_logits, distortion_loss, text_directions
from exiqa.model.preprocess import to_pixels
from exiqa.model.pretraining.config import PretrainConfig
from exiqa.model.pretraining.distorted_crops import CropBatch, drawn_distortions
from exiqa.model.pretraining.phrases import SampledPhrases, TrainingPhrases


class PretrainingObjective(nn.Module):
    """The model, and beside it a plain classifier of the distortion's type that is thrown away at the end.

    No bank is learned: each step draws its own phrases, a few for each distortion, whose mean is that distortion's
    strength (Eq. 8 over Eq. 7's uniform weights), and each of which is as true as its effects are visible. Only the
    weights of Eq. 7 are of a bank, that which ships; they reach neither tower. The classifier shows a fresh tower at
    once what tells the distortions apart.
    """

    def __init__(self, model: AttributeModel, config: PretrainConfig) -> None:
        super().__init__()
        self.model, self.config = model, config
        self.distortions = drawn_distortions(config)
        self.phrases = TrainingPhrases(self.distortions, model.backbone.text_tower.inputs)
        bank = model.bank.distortions
        self.columns = [self.distortions.index(distortion) for distortion in bank]
        width = model.backbone.embed_dim
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.classifier = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(self.distortions)))

    def forward(self, batch: CropBatch, step: int) -> dict[str, Tensor]:
        """The losses of a step by name, each () and already multiplied by its weight; the tower runs in bfloat16.

        Args:
            batch: The crops.
            step: Draws the phrases, together with the run's seed.
        """
        from torch.nn.attention import SDPBackend, sdpa_kernel

        pixels = to_pixels(batch.views).contiguous(memory_format=torch.channels_last)
        # For so few tokens the plain product is faster on a CPU than flash attention, whose backward pass is slow.
        with sdpa_kernel(SDPBackend.MATH), torch.autocast(pixels.device.type, dtype=torch.bfloat16):
            embedding = self.model.encode_image(pixels)
        return self.losses(embedding.float(), batch, step)

    def losses(self, embedding: Tensor, batch: CropBatch, step: int) -> dict[str, Tensor]:
        """As `forward`, from the (N, E) image embeddings of the crops."""
        config, model = self.config, self.model
        drawn = self.phrases.draw(
            np.random.default_rng((config.seed, step, 1)), config.phrases_each, config.phrases_more
        ).to(embedding.device)
        text = model.backbone.text_tower(drawn.inputs)
        directions = text_directions(text[:-1], text[-1:].expand(len(text) - 1, -1))
        logits = attribute_logits(embedding, directions, model.head.logit_scale)
        losses = {
            "strengths": config.strength_loss_weight * self._strengths(logits, drawn, batch),
            "truth": config.truth_loss_weight * self._truth(logits, drawn, batch),
            "names": config.name_loss_weight * self._names(logits, drawn, batch),
            "weights": self._weights(embedding.detach(), batch),
        }
        if config.classifier_loss_weight:
            losses["classifier"] = config.classifier_loss_weight * self._classified(embedding, batch)
        return losses

    @staticmethod
    def _strengths(logits: Tensor, drawn: SampledPhrases, batch: CropBatch) -> Tensor:
        """Eq. 8 over the phrases that were drawn for each distortion."""
        known = batch.known & (drawn.weights.sum(dim=0) > 0)
        return distortion_loss(logits, drawn.weights, batch.strengths, known).mean()

    @staticmethod
    def _truth(logits: Tensor, drawn: SampledPhrases, batch: CropBatch) -> Tensor:
        """Cross-entropy of each phrase that claims an effect against what is seen of it."""
        seen = ~batch.visibility.isnan().any(dim=1)
        logits, truth = logits[seen][:, drawn.linked], drawn.truth(batch.visibility[seen])[:, drawn.linked]
        return F.binary_cross_entropy_with_logits(logits, truth)

    @staticmethod
    def _names(logits: Tensor, drawn: SampledPhrases, batch: CropBatch) -> Tensor:
        """Eq. 8 over one name of each distortion."""
        known = batch.known & (drawn.names.sum(dim=0) > 0)
        return distortion_loss(logits, drawn.names, batch.strengths, known).mean()

    def _weights(self, embedding: Tensor, batch: CropBatch) -> Tensor:
        """Eq. 8 over the bank's phrases and weights; only the weights learn from it."""
        with torch.no_grad():
            logits = self.model.attribute_logits(embedding)
        known = batch.known[:, self.columns]
        rows = known.all(dim=1)
        strengths = batch.strengths[rows][:, self.columns]
        if not rows.any():
            return self.model.head.weight_logits.sum() * 0
        return distortion_loss(logits[rows], self.model.head.weights(), strengths).mean()

    def _classified(self, embedding: Tensor, batch: CropBatch) -> Tensor:
        """Cross-entropy over the distortions that could have been drawn.

        A strong distortion counts more than a weak one, an image without any not at all.
        """
        strengths = batch.strengths
        target = strengths / strengths.sum(dim=1, keepdim=True).clamp_min(1e-6) * strengths.amax(dim=1, keepdim=True)
        log = self.classifier(embedding).masked_fill(~batch.known, -torch.inf).log_softmax(dim=1)
        return -torch.where(batch.known, target * log, 0).sum(dim=1).mean()
