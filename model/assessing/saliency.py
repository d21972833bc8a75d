"""Where in a photo a distortion or an attribute is seen.

The photo is covered with overlapping crops of the tower's size (or shown whole, with the preprocessing `resize`). At
the input of the last block, a patch token's relevance is the positive part of gradient × (activation − the mean
activation over all patches of the photo), of the logit asked for: to first order, what the logit would lose if the
patch looked like the photo's average patch. The plain product of gradient and activation will not do: layer norms
make it vanish. A crop's map counts by the probability that the model gives the crop, so that a crop in which it sees
nothing adds nothing, whatever its gradients are.

A probability that does not move, neither over the photo nor over those that a score was learned from, says nothing,
and a map of it would show where noise is: there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.bank.attribute import attribute_id
from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.preprocess import as_rgb, mirror_pad, resize_square, to_pixels

BATCH = 16
"""Crops a pass."""
LEAST_MOVEMENT = 0.01
"""In units of the probability."""
MANY = 200
"""With more crops than this, they no longer overlap."""


@dataclass(frozen=True)
class Saliency:
    """A map over one photo."""

    target: str
    """The distortion's id or the attribute's phrase."""
    name: str
    """The same, for people."""
    probability: float
    """P(d|I) or P(a|I) in [0, 1], the mean over the crops that cover the photo."""
    map: np.ndarray
    """(H, W) float32, non-negative; sums to 1, or is 0 everywhere where nothing speaks for the target."""
    movement: float
    """How much the probability moves: the largest of its range over the photo's crops and, over the photos that a
    regressor was fitted on, its standard deviation and its mean's distance from this photo's."""

    @property
    def moves(self) -> bool:
        """Whether the probability says anything of photos; where it does not, the map is 0 everywhere."""
        return self.movement >= LEAST_MOVEMENT


@dataclass(frozen=True)
class Target:
    """What is looked for: a column of P(d|I), or of P(a|I)."""

    key: str
    name: str
    column: int
    is_distortion: bool


def find_target(bank: Bank, what: str) -> Target:
    """A distortion by its id or name, or an attribute by its phrase.

    Raises:
        UserError: The bank has neither.
    """
    for column, distortion in enumerate(bank.distortions):
        name = bank.taxonomy[distortion].name
        if what in (distortion, name):
            return Target(distortion, name, column, is_distortion=True)
    for column, attribute in enumerate(bank.attributes):
        if attribute.id == attribute_id(what):
            return Target(attribute.phrase, attribute.phrase, column, is_distortion=False)
    raise UserError(
        f"bank {bank.id} has no distortion and no attribute {what!r}; its distortions are {', '.join(bank.distortions)}"
    )


def saliency(artifact: Artifact, photo: np.ndarray, what: str) -> Saliency:
    """Where in a photo the model sees something.

    Args:
        artifact: The model and its preprocessing.
        photo: (H, W, 3) uint8 sRGB of any size.
        what: See `find_target`.

    Raises:
        UserError: The bank does not have it, or the image tower has no patch tokens.
    """
    model = artifact.model.eval()
    target = find_target(artifact.bank, what)
    size = model.backbone.image_size
    image = as_rgb(photo)
    height, width = image.shape[:2]
    if artifact.preprocessing == "resize":
        maps, probabilities = _relevance(model, resize_square(image, size).copy(), target)
        summed = _resized(maps, (height, width))[0] * probabilities[0]
    else:
        padded = mirror_pad(image, size)
        top, left = (padded.shape[0] - height) // 2, (padded.shape[1] - width) // 2
        corners = crop_grid(padded.shape[0], padded.shape[1], size)
        views = np.stack([padded[y : y + size, x : x + size] for y, x in corners])
        maps, probabilities = _relevance(model, views, target)
        summed, covered = np.zeros(padded.shape[:2]), np.zeros(padded.shape[:2])
        for (y, x), crop, probability in zip(corners, _resized(maps, (size, size)), probabilities, strict=True):
            summed[y : y + size, x : x + size] += crop * probability
            covered[y : y + size, x : x + size] += 1
        summed = (summed / covered)[top : top + height, left : left + width]
    movement = _movement(artifact, target, probabilities)
    if movement < LEAST_MOVEMENT:
        summed = np.zeros((height, width))
    total = float(summed.sum())
    return Saliency(
        target=target.key,
        name=target.name,
        probability=float(probabilities.mean()),
        map=(summed / total if total > 0 else summed).astype(np.float32),
        movement=movement,
    )


def _movement(artifact: Artifact, target: Target, probabilities: np.ndarray) -> float:
    """`Saliency.movement`, of (N,) probabilities of the photo's crops."""
    shares = np.zeros(len(artifact.bank.attributes), np.float32)
    if target.is_distortion:
        shares = artifact.model.head.weights().detach().cpu().numpy()[:, target.column]
    else:
        shares[target.column] = 1
    moves = [float(np.ptp(probabilities))]
    for regressor in artifact.regressors.values():
        mean, deviation = (float(shares @ buffer.cpu().numpy()) for buffer in (regressor.mean, regressor.std))
        moves += [deviation, abs(mean - float(probabilities.mean()))]
    return max(moves)


def crop_grid(height: int, width: int, size: int) -> list[tuple[int, int]]:
    """Crops that cover a photo to its borders: half overlapping, or side by side if many.

    Args:
        height: Of the photo, in pixels.
        width: Likewise.
        size: The crops' side, at most either.

    Returns:
        (top, left) of each crop.
    """
    for stride in (max(1, size // 2), size):
        steps = [-(-(side - size) // stride) + 1 for side in (height, width)]
        rows, columns = (
            np.linspace(0, side - size, count).round().astype(int).tolist()
            for side, count in zip((height, width), steps, strict=True)
        )
        if len(rows) * len(columns) <= MANY:
            break
    return list(product(rows, columns))


def _relevance(model: AttributeModel, views: np.ndarray, target: Target) -> tuple[np.ndarray, np.ndarray]:
    """(N, S, S, 3) uint8 views -> (N, G, G) relevance >= 0 of the patches, (N,) probabilities of the target."""
    tower = model.backbone.tokens
    if tower is None:
        raise UserError(
            f"{model.backbone.spec} has a {type(model.backbone.visual).__name__} image tower without patch tokens, so "
            "there is no saliency map of it"
        )
    block, grid = tower.blocks[-1], tower.grid
    device = next(model.parameters()).device
    patches = slice(tower.before_patches, tower.before_patches + grid[0] * grid[1])  # prompts follow
    activations, gradients, logits = [], [], []
    for start in range(0, len(views), BATCH):
        pixels = to_pixels(views[start : start + BATCH]).to(device)
        tokens, logit = _tokens_and_logit(model, block, pixels, target)
        (gradient,) = torch.autograd.grad(logit.sum(), tokens)
        activations.append(tokens[:, patches].detach().float().cpu())
        gradients.append(gradient[:, patches].float().cpu())
        logits.append(logit.detach().float().cpu())
    activation = torch.cat(activations)  # (N, G², W)
    difference = activation - activation.mean(dim=(0, 1))
    relevance = (difference * torch.cat(gradients)).sum(dim=-1).clamp_min(0)
    return relevance.reshape(-1, *grid).numpy(), torch.sigmoid(torch.cat(logits)).numpy()


def _tokens_and_logit(model: AttributeModel, block: nn.Module, pixels: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """(n, 3, S, S) -> the (n, T, W) tokens that enter `block`, and the (n,) logits, which depend on them."""
    entered: list[Tensor] = []
    handle = block.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0]))
    try:
        with torch.enable_grad():
            # Gradients to the pixels make the tokens part of the graph, with every weight frozen too.
            logit = _logit(model, pixels.requires_grad_(), target)
    finally:
        handle.remove()
    return entered[0], logit


def _logit(model: AttributeModel, pixels: Tensor, target: Target) -> Tensor:
    """(n, 3, S, S) -> (n,) logits of P(d|I) or P(a|I)."""
    output = model(pixels)
    return torch.logit(output.strengths[:, target.column]) if target.is_distortion else output.logits[:, target.column]


def _resized(maps: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(N, G, G) -> (N, *shape), bilinear."""
    tensor = torch.from_numpy(np.ascontiguousarray(maps, dtype=np.float32))[:, None]
    return torch.nn.functional.interpolate(tensor, size=shape, mode="bilinear", align_corners=False)[:, 0].numpy()
