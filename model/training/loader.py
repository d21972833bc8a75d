"""Training batches: which crop of which image comes when is a function of the seed alone.

It depends neither on the number of processes, nor on loader workers, nor on where a run was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.preprocess import PREPROCESSINGS, to_pixels


@dataclass(frozen=True)
class Batch:
    """One process's share of a step."""

    pixels: Tensor
    """(n, 3, S, S) float32 in [0, 1]."""
    strengths: Tensor
    """(n, D) float32."""
    truth: Tensor
    """(n, L) float32: the truth of L attributes; L = 0 where none is trained on."""
    counts: Tensor
    """(n,) float32: 1, or 0 for a filler that makes the shares equally long."""
    rows: Tensor
    """(n,) int64 row numbers in the dataset."""


class TrainingViews(torch.utils.data.Dataset):
    """The crops of one run, by (row, draw): a map-style dataset, so that loader processes can make them."""

    def __init__(
        self,
        dataset: Dataset,
        strengths: np.ndarray,
        preprocessing: str,
        size: int,
        seed: int,
        truth: np.ndarray | None = None,
    ) -> None:
        self.dataset = dataset
        self.strengths = strengths
        self.truth = np.zeros((len(strengths), 0), np.float32) if truth is None else truth
        self.preprocessing = preprocessing
        self.size = size
        self.seed = seed

    def __getitem__(self, index: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
        """(row, draw, count) -> view, strengths, truth, count, row; a draw is the running number of the sample."""
        row, draw, count = index
        rng = np.random.default_rng((self.seed, draw))
        view = PREPROCESSINGS[self.preprocessing].train_view(self.dataset.load(row), self.size, rng)
        return view, self.strengths[row], self.truth[row], count, row


def collate(items: list[tuple[np.ndarray, np.ndarray, np.ndarray, int, int]]) -> Batch:
    """Views of one process's share of a step -> tensors."""
    views, strengths, truth, counts, rows = zip(*items, strict=True)
    return Batch(
        to_pixels(np.stack(views)),
        torch.from_numpy(np.stack(strengths)).float(),
        torch.from_numpy(np.stack(truth)).float(),
        torch.tensor(counts, dtype=torch.float32),
        torch.tensor(rows, dtype=torch.int64),
    )


def steps_per_epoch(images: int, crops: int, batch_size: int) -> int:
    """Steps that show each image `crops` times; the last batch may be smaller."""
    return -(-images * crops // batch_size)


def sample_order(
    rows: np.ndarray, *, crops: int, batch_size: int, first_step: int, last_step: int, seed: int, rank: int, world: int
) -> Iterator[list[tuple[int, int, int]]]:
    """The shares of one process in a run of steps.

    Each epoch is a seeded permutation of all (row, crop) pairs, cut into batches; a batch is dealt out to the processes
    in turn, and short shares are filled up with samples of count 0.

    Args:
        rows: Row numbers of the training side.
        crops: Of each image, an epoch.
        batch_size: Crops a step, over all processes.
        first_step: Counted from 0.
        last_step: The first that is left out.
        seed: Of the permutations.
        rank: The process's number.
        world: Number of processes.

    Yields:
        Per step a list of (row, draw, count).
    """
    per_epoch = steps_per_epoch(len(rows), crops, batch_size)
    for epoch in range(first_step // per_epoch, -(-last_step // per_epoch)):
        samples = np.random.default_rng((seed, epoch)).permutation(np.repeat(rows, crops))
        for step in range(per_epoch):
            if not first_step <= epoch * per_epoch + step < last_step:
                continue
            start = step * batch_size
            batch = samples[start : start + batch_size]
            share = -(-len(batch) // world)
            mine = [(int(batch[i]), epoch * len(samples) + start + i, 1) for i in range(rank, len(batch), world)]
            filler = (int(batch[0]), epoch * len(samples) + start, 0)
            yield mine + [filler] * (share - len(mine))


def checked_strengths(dataset: Dataset, distortions: tuple[str, ...]) -> np.ndarray:
    """A dataset's strengths of a bank's distortions.

    Args:
        dataset: Whose strengths are taken.
        distortions: The bank's D.

    Returns:
        (N, D) float32 in [0, 1], in the order of `distortions`.

    Raises:
        UserError: The dataset lacks one of them, or a strength is not in [0, 1].
    """
    missing = [distortion for distortion in distortions if distortion not in dataset.distortions]
    if missing:
        raise UserError(
            f"the bank has attributes for {missing[0]!r}, which {dataset.name} does not have; "
            "take the distortions of the dataset out of the bank with `bank.select(dataset.distortions)`"
        )
    strengths = dataset.strengths[:, [dataset.distortions.index(distortion) for distortion in distortions]]
    if not ((strengths >= 0) & (strengths <= 1)).all():
        raise UserError(f"{dataset.name} has strengths outside [0, 1]; mend the strength map {dataset.strength_map!r}")
    return np.ascontiguousarray(strengths, dtype=np.float32)
