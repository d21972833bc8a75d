"""The quality score as a torchmetrics metric: `exiqa.metric.ExIQA`."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torchmetrics import Metric

from exiqa.model.image_score import ImageScore
from exiqa.model.shipped import SHIPPED

__all__ = ["ExIQA"]


class ExIQA(Metric):
    """The mean quality score of images; higher is better, nominally 0 to 1.

    As a metric it collects images over batches and processes; called as a module, it gives the mean of one batch,
    differentiable with respect to its pixels:

        metric = ExIQA()
        loss = -metric(restored)  # (N, 3, H, W) in [0, 1]
        metric.compute()  # the mean over all batches so far
    """

    higher_is_better = True
    is_differentiable = True
    full_state_update = False
    plot_lower_bound = 0.0
    plot_upper_bound = 1.0

    total: Tensor
    count: Tensor

    def __init__(self, model: Path | str = SHIPPED, regressor: str | None = None, frozen: bool = True) -> None:
        """A metric without images yet.

        Args:
            model: "exiqa-mini", a folder, or a repository `organisation/name` of the hub.
            regressor: Which of its regressors scores; None takes the default one (`Artifact.default_regressor`).
            frozen: Whether gradients go to the images alone; else also to image tower and regressor.

        Raises:
            UserError: There is no such model, it has no such regressor, or several without a default one and none is
                named.
        """
        super().__init__()
        self.scores = ImageScore(model, regressor, frozen)
        """(N, 3, H, W) in [0, 1] -> (N,): the score of each image."""
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, images: Tensor) -> None:
        """Take in (N, 3, H, W) RGB images in [0, 1]."""
        scores = self.scores(images)
        self.total = self.total + scores.sum()
        self.count = self.count + len(scores)

    def compute(self) -> Tensor:
        """The mean score; NaN without an image."""
        return self.total / self.count
