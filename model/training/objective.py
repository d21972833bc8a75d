"""What tuning minimises: Eq. 8, and by choice the cross-entropy of each attribute against its own truth beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.grounding.attribute_truth import AttributeTruth, attribute_truth
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.head import distortion_loss, truth_loss


class Objective(nn.Module):
    """The model and its loss in one forward pass, so that data parallelism and autocast see all of it."""

    linked: Tensor

    def __init__(self, model: AttributeModel, linked: np.ndarray | None = None) -> None:
        """Eq. 8 alone, or with the truth of some attributes beside it.

        Args:
            model: What is tuned.
            linked: (A,) bool, the L attributes whose truth `forward` is given.
        """
        super().__init__()
        self.model = model
        numbers = np.flatnonzero(linked) if linked is not None else np.zeros(0, np.int64)
        self.register_buffer("linked", torch.from_numpy(numbers), persistent=False)

    def forward(self, pixels: Tensor, strengths: Tensor, truth: Tensor | None = None) -> Tensor:
        """(n, 3, S, S) pixels in [0, 1], (n, D) strengths, (n, L) truth -> (n,) losses, both parts of equal weight."""
        logits = self.model(pixels).logits
        loss = distortion_loss(logits, self.model.head.weights(), strengths)
        if truth is None or not len(self.linked):
            return loss
        return loss + truth_loss(logits[:, self.linked], truth)

    def truth_errors(self, attributes: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """What truth adds to the loss, of attributes that are predicted already.

        Args:
            attributes: (n, A) P(a|I).
            truth: (n, L) in [0, 1].

        Returns:
            (n,) float32, 0 where no attribute's truth is learned.
        """
        linked = self.linked.cpu().numpy()
        if not len(linked):
            return np.zeros(len(truth), np.float32)
        logits = torch.logit(torch.from_numpy(attributes[:, linked]), eps=1e-6)
        return truth_loss(logits, torch.from_numpy(truth)).numpy()


def training_truth(
    bank: Bank, dataset: Dataset, rows: np.ndarray, on_image: Callable[[int], None] | None = None
) -> AttributeTruth:
    """The truth of a bank's attributes that tuning with `attribute_truth` learns from.

    Args:
        bank: What is tuned on, with A attributes.
        dataset: With N images, which must have references.
        rows: Row numbers of those that are learned from; of no other is the truth looked at.
        on_image: Called with the number of images measured.

    Returns:
        (N, A) values, 0 in all other rows.

    Raises:
        UserError: The dataset has no references at hand, no attribute is linked to an effect, or as `attribute_truth`.
    """
    if not dataset.has_references:
        raise UserError(
            f"attribute_truth compares each image with its reference, and {dataset.name} has none at hand; tune with "
            "attribute_truth = false, or on a dataset with references"
        )
    truth = attribute_truth(bank, dataset, rows, on_image=on_image)
    if not truth.linked.any():
        raise UserError(
            f"no attribute of the bank {bank.id} is linked to an effect that can be measured, so attribute_truth has "
            "nothing to learn from; set it to false, or take another bank"
        )
    values = np.zeros((len(dataset), len(truth.linked)), np.float32)
    values[rows] = truth.values
    return AttributeTruth(values, truth.linked)
