"""A tuned model's quality score of image tensors, differentiable with respect to their pixels."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from exiqa.core.errors import UserError
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.exporting.export import PhotoModel
from exiqa.model.shipped import SHIPPED
from exiqa.model.tensor_views import tensor_views

HIGHEST = 2.0
"""What is above was not scaled to [0, 1]; what an optimiser or a resampling drives over 1 is not."""


class ImageScore(nn.Module):
    """Images in, scores out: what `exiqa.load(A).assess` says of the same pixels, for a loss or a metric."""

    def __init__(self, model: Path | str = SHIPPED, regressor: str | None = None, frozen: bool = True) -> None:
        """A model under torch, on the CPU; `to` moves it.

        Args:
            model: "exiqa-mini", a folder, or a repository `organisation/name` of the hub.
            regressor: Which of its regressors scores; None takes the default one (`Artifact.default_regressor`).
            frozen: Whether gradients go to the images alone; else also to image tower and regressor.

        Raises:
            UserError: There is no such model, it has no such regressor, or several without a default one and none is
                named.
        """
        super().__init__()
        artifact = Artifact.from_pretrained(model)
        self.preprocessing = artifact.preprocessing
        self.size = artifact.model.backbone.image_size
        self.model = PhotoModel(artifact, artifact.regressor(regressor)).requires_grad_(not frozen)
        self.eval()

    def train(self, mode: bool = True) -> ImageScore:
        """It stays in evaluation mode: dropout would make a score a matter of chance."""
        return super().train(False)

    def forward(self, images: Tensor) -> Tensor:
        """The score of each image, within 1e-4 of `assess` for 8-bit pixels (1e-2 with the preprocessing `resize`).

        Args:
            images: (N, 3, H, W) RGB in [0, 1], of any size.

        Returns:
            (N,) float32, higher is better, nominally in [0, 1], not clipped.

        Raises:
            UserError: Another shape, no floating-point numbers, or numbers on another scale, as from 0 to 255.
        """
        if images.ndim != 4 or images.shape[1] != 3 or 0 in images.shape or not images.is_floating_point():
            raise UserError(
                f"images are a tensor of shape {tuple(images.shape)} and type {images.dtype}; give (N, 3, H, W) RGB as "
                "floating-point numbers in [0, 1]"
            )
        if (highest := float(images.detach().amax())) > HIGHEST:
            raise UserError(f"images have values up to {highest:g}; give RGB in [0, 1], as pixels divided by 255")
        return self.model(tensor_views(images.float(), self.preprocessing, self.size))[2]
