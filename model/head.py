"""The attribute head (Eqs. 6-8): from an image embedding to attributes, distortion strengths, and the loss.

Everything here runs in float32, outside autocast: in bfloat16 sigmoid(7) is already 1, and its logarithm's
complement is lost.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-6
"""P(d|I) is kept inside [EPSILON, 1 - EPSILON]."""


def text_directions(positive: Tensor, negative: Tensor) -> Tensor:
    """The directions whose dot product with an image embedding is the logit of Eq. 6, up to `logit_scale`.

    Args:
        positive: (A, E) embeddings of the attributes' positive sentences, of any length.
        negative: (A, E) embeddings of their negative sentences, of any length.

    Returns:
        (A, E) float32: the difference of the two unit vectors, so that each dot product lies in [-2, 2].
    """
    return F.normalize(positive.float(), dim=-1) - F.normalize(negative.float(), dim=-1)


def attribute_logits(embedding: Tensor, directions: Tensor, logit_scale: Tensor | float) -> Tensor:
    """Eq. 6 as one matrix product: a softmax over two logits is the sigmoid of their difference.

    Args:
        embedding: (…, E) image embeddings, of any length.
        directions: (A, E), see `text_directions`.
        logit_scale: What multiplies the dot products; positive, CLIP's is 100.

    Returns:
        (…, A) float32 logits, whose sigmoid is P(a|I).
    """
    with torch.autocast(embedding.device.type, enabled=False):
        return logit_scale * (F.normalize(embedding.float(), dim=-1) @ directions.float().T)


def photo_attributes(embeddings: Tensor, directions: Tensor, logit_scale: Tensor | float) -> Tensor:
    """P(a|I) of photos: the mean of Eq. 6 over the views that each is shown in.

    Args:
        embeddings: (…, V, E) image embeddings of each photo's V views, of any length.
        directions: (A, E), see `text_directions`.
        logit_scale: What multiplies the dot products; positive, CLIP's is 100.

    Returns:
        (…, A) float32 in [0, 1].
    """
    return torch.sigmoid(attribute_logits(embeddings, directions, logit_scale)).mean(dim=-2)


def distortion_probability(attributes: Tensor, weights: Tensor) -> Tensor:
    """Eq. 7: P(d|I) = sum over a of w[a, d] P(a|I).

    Args:
        attributes: (N, A) in [0, 1]: P(a|I).
        weights: (A, D), non-negative, columns summing to 1, 0 where attribute a does not belong to distortion d.

    Returns:
        (N, D) float32, clamped to [EPSILON, 1 - EPSILON].
    """
    with torch.autocast(attributes.device.type, enabled=False):
        return (attributes.float() @ weights.float()).clamp(EPSILON, 1 - EPSILON)


def distortion_loss(logits: Tensor, weights: Tensor, strengths: Tensor) -> Tensor:
    """Eq. 8: binary cross-entropy against soft targets, from the logits.

    As the weights sum to 1, 1 - P(d|I) is the same average of sigmoid(-logit): both probabilities keep their
    digits, which 1 - P would lose near 1. Their logarithms are bounded by log(EPSILON) in value only: the
    gradient of a wrong, saturated prediction stays alive.

    Args:
        logits: (N, A) of Eq. 6.
        weights: (A, D) of Eq. 7.
        strengths: (N, D) in [0, 1], the truth.

    Returns:
        (N,) float32, each image's mean over the D distortions; the loss of Eq. 8 is their mean.
    """
    with torch.autocast(logits.device.type, enabled=False):
        logits, weights, strengths = logits.float(), weights.float(), strengths.float()
        present = _bounded_log(torch.sigmoid(logits) @ weights)
        absent = _bounded_log(torch.sigmoid(-logits) @ weights)
        return -(strengths * present + (1 - strengths) * absent).mean(dim=1)


def attribute_loss(logits: Tensor, membership: Tensor, strengths: Tensor) -> Tensor:
    """Binary cross-entropy of each attribute, whose target is the largest strength among the distortions that have it.

    Eq. 8 sees a distortion's attributes through their average only (Eq. 7): one that has saturated at 0 while the
    others answer gets next to no gradient, and the average can then never reach 1. This loss reaches each.

    Args:
        logits: (N, A) of Eq. 6.
        membership: (A, D), non-zero where attribute a belongs to distortion d.
        strengths: (N, D) in [0, 1], the truth.

    Returns:
        (N,) float32, each image's mean over the A attributes.
    """
    with torch.autocast(logits.device.type, enabled=False):
        target = (strengths.float()[:, None, :] * membership.float()).amax(dim=2)
        return F.binary_cross_entropy_with_logits(logits.float(), target, reduction="none").mean(dim=1)


def truth_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Binary cross-entropy of each attribute against its own truth, which is seen in the image and is in no label.

    Args:
        logits: (N, L) of Eq. 6, of the L attributes whose truth is known.
        truth: (N, L) in [0, 1] (`exiqa.iqadata.grounding.attribute_truth`).

    Returns:
        (N,) float32, each image's mean over the L attributes.
    """
    with torch.autocast(logits.device.type, enabled=False):
        return F.binary_cross_entropy_with_logits(logits.float(), truth.float(), reduction="none").mean(dim=1)


def _bounded_log(probability: Tensor) -> Tensor:
    log = probability.clamp_min(torch.finfo(torch.float32).tiny).log()
    return log + (log.clamp_min(math.log(EPSILON)) - log).detach()


class AttributeHead(nn.Module):
    """The learnable part of the head: the weights of Eq. 7 and, by choice, the logit scale."""

    mask: Tensor

    def __init__(self, membership: Tensor, logit_scale: float, learn_logit_scale: bool = False) -> None:
        """Weights that are uniform over each distortion's attributes.

        Args:
            membership: (A, D) bool, which attribute belongs to which distortion; no column is empty.
            logit_scale: What multiplies the dot products of Eq. 6; positive.
            learn_logit_scale: Whether training changes it.
        """
        super().__init__()
        self.register_buffer("mask", membership.bool(), persistent=False)
        # The logarithm, as CLIP learns it: a step then scales, and the scale stays positive.
        self.log_scale = nn.Parameter(torch.tensor(math.log(logit_scale)), requires_grad=learn_logit_scale)
        self.weight_logits = nn.Parameter(torch.zeros(membership.shape))

    @property
    def logit_scale(self) -> Tensor:
        """() float32, positive."""
        return self.log_scale.float().exp()

    def weights(self) -> Tensor:
        """(A, D) float32: softmax over each distortion's own attributes; a simplex in every column."""
        with torch.autocast(self.mask.device.type, enabled=False):
            return self.weight_logits.float().masked_fill(~self.mask, -torch.inf).softmax(dim=0)
