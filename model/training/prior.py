"""Where a tower with random weights starts: at the prior, not at one half.

With random weights every P(a|I) is near .5, and training first has to walk all the way to the training split's
mean strengths, which any constant could state. Nothing in Eqs. 6-7 needs a bias for that: the image embedding
itself is moved. The tower's last layer norm has a bias that every image shares; it is set so that the embedding
of *any* image lies close to one vector whose dot products with the text directions are the logits of the prior.
Training moves it like any other weight. A pretrained tower must not be moved so, and nothing here is done to it
unless `start_at_prior` asks for it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.model.attribute_model import AttributeModel

SCATTER = 0.25
"""By how much (root mean square) the logits of the start may differ from image to image: random weights say
nothing true about an image, so the less the nearer to the prior; but what is left is what learning moves."""


def prior_strengths(strengths: np.ndarray) -> np.ndarray:
    """The *prior*: each distortion's mean strength, the best constant by RMSE.

    Args:
        strengths: (N, D) in [0, 1], of the training split.

    Returns:
        (D,) float32.
    """
    return strengths.mean(axis=0, dtype=np.float64).astype(np.float32)


def prior_rmse(strengths: np.ndarray, train: np.ndarray, validation: np.ndarray) -> float | None:
    """Eq. 11 of the prior on the validation side; None without that side.

    Args:
        strengths: (N, D) in [0, 1].
        train: Row numbers that the prior is taken from.
        validation: Row numbers that it is held against.
    """
    if len(validation) == 0:
        return None
    error = strengths[validation].astype(np.float64) - prior_strengths(strengths[train])
    return float(np.sqrt(np.mean(error**2)))


def start_at_prior(model: AttributeModel, prior: np.ndarray, pixels: Tensor) -> None:
    """Set the image tower's shared bias so that the untrained model predicts about the prior for every image.

    A distortion's attributes all get its logit; an attribute of several distortions gets the logit of their mean. Where
    the text directions cannot express the prior (a small logit scale), the nearest they can is taken.

    Args:
        model: Changed in place.
        prior: (D,) in [0, 1], the training split's mean strengths.
        pixels: (N, 3, S, S) in [0, 1], a batch of training crops, whose embeddings tell how long the shared part must
            be (`SCATTER`).

    Raises:
        UserError: The tower has no such bias.
    """
    visual = model.backbone.visual
    norm, projection = getattr(visual, "ln_post", None), getattr(visual, "proj", None)
    if not isinstance(norm, nn.LayerNorm) or projection is None:
        raise UserError(
            f"{model.backbone.spec}: its image tower does not end in a layer norm and a projection, so it cannot "
            "start at the prior; set start_at_prior = false"
        )
    with torch.no_grad():
        embeddings = model.encode_image(pixels).float()
        mean = embeddings.mean(dim=0)
        deviations = embeddings - mean
        scatter = model.head.logit_scale * (deviations @ model.directions().T).square().mean().sqrt()
        shift = _shared_embedding(model, prior) * scatter / SCATTER - mean
        solution = torch.linalg.lstsq(projection.float().T.cpu(), shift.cpu()[:, None]).solution[:, 0]
        norm.bias.add_(solution.to(norm.bias))


def _shared_embedding(model: AttributeModel, prior: np.ndarray) -> Tensor:
    """(E,): the unit vector whose logits are the prior's, as far as a unit vector can have them."""
    mask = model.head.mask.float()  # (A, D)
    share = mask @ torch.from_numpy(prior).to(mask) / mask.sum(dim=1)
    logits = torch.logit(share.clamp(1e-3, 1 - 1e-3))
    directions = model.directions().float()
    # Least squares with a small ridge: near-equal directions must not ask for opposite huge components.
    gram = directions @ directions.T
    ridge = 1e-3 * gram.diagonal().mean() * torch.eye(len(gram), device=gram.device)
    embedding = directions.T @ torch.linalg.solve(gram + ridge, logits / model.head.logit_scale)
    length = embedding.norm()
    if length >= 1:
        return embedding / length
    # What is missing to unit length goes where the directions look least, so the dot products stay.
    free = torch.linalg.svd(directions, full_matrices=True).Vh[-1]
    return embedding + free * (1 - length**2).sqrt()
