"""Untuned image towers for peers: what they see of a crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.model.backbones.backbone import Backbone
from exiqa.model.backbones.families import load_backbone
from exiqa.model.device import device_for
from exiqa.model.preprocess import to_pixels


@dataclass(frozen=True)
class Tower:
    """A frozen image tower on the device that it runs on."""

    visual: nn.Module
    mean: Tensor
    """(1, 3, 1, 1): what pixels in [0, 1] are normalised by, per RGB channel; likewise `std`."""
    std: Tensor
    size: int
    """S: the side of its crops."""
    hash: str
    """SHA-256 of its weights, 64 hex digits."""

    def embed(self, views: np.ndarray) -> Tensor:
        """Unit vectors of views.

        Args:
            views: (V, S, S, 3) uint8.

        Returns:
            (V, E) float32.
        """
        pixels = (to_pixels(views).to(self.mean.device) - self.mean) / self.std
        with torch.inference_mode():
            output = self.visual(pixels)
        return F.normalize((output[0] if isinstance(output, tuple) else output).flatten(1).float(), dim=-1)


def backbone_of(task: PredictionTask) -> Backbone:
    """The backbone that ours is tuned from, as it is loaded, on the GPU where there is one.

    Raises:
        UserError: The cell names none, or as `load_backbone`.
    """
    if task.cell.backbone is None:
        raise UserError(f"the method {task.cell.method} needs a backbone, and the cell names none; set it in the suite")
    return load_backbone(task.cell.backbone).to(device_for("auto"))


def tower_of(backbone: Backbone) -> Tower:
    """A backbone's image tower."""
    mean, std = backbone.get_buffer("mean"), backbone.get_buffer("std")
    return Tower(backbone.visual, mean, std, backbone.image_size, backbone.hash)
