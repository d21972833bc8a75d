"""What the small backbone is pretrained on: distorted crops, each a pure function of the seed and its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.backbones.mini_tower import IMAGE_SIZE
from exiqa.model.preprocess import aligned_crop
from exiqa.model.pretraining.config import PretrainConfig

SIDES = (224, 384)
"""Shortest and longest side of the part of a photo that is distorted, in pixels."""
SHARP = 0.7
"""Photos are shown at most at this scale: at their full size they are softer than what datasets are made of."""


class DistortedCrops(torch.utils.data.Dataset):
    """Number of the draw -> crops of one distorted photo, and its strengths.

    A draw takes a photo, a scale, a part of it, K distortions in random order, a level for each, and
    `config.crops` crops of what comes out. Neither processes nor interruptions change what a number gives.
    """

    def __init__(self, photos: Sequence[np.ndarray], distortions: tuple[str, ...], config: PretrainConfig) -> None:
        """Crops of photos and scenes.

        Args:
            photos: (H, W, 3) uint8 sRGB without distortion, with sides of at least 224 pixels.
            distortions: The D ids that are drawn from.
            config: How they are drawn.
        """
        self.photos, self.distortions, self.config = photos, distortions, config
        self.scenes: dict[int, np.ndarray] = {}

    def __getitem__(self, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """(crops, S, S, 3) uint8 views and (D,) float32 strengths, level / 5."""
        cv2.setNumThreads(1)  # a loader process must not take the trainer's cores
        config = self.config
        rng = np.random.default_rng((config.seed, draw))
        image = self._part(rng).astype(np.float32) / np.float32(255)
        strengths = np.zeros(len(self.distortions), np.float32)
        for index in rng.permutation(len(self.distortions))[: self._count(rng, draw)]:
            level = int(rng.integers(1, 6))
            distorted = distort(image, self.distortions[index], level, seed=int(rng.integers(2**31)))
            image = np.clip(distorted, 0, 1)
            strengths[index] = level / 5
        image = np.rint(image * np.float32(255)).astype(np.uint8)
        views = [aligned_crop(image, IMAGE_SIZE, rng) for _ in range(config.crops)]
        return np.stack(views), strengths

    def _count(self, rng: np.random.Generator, draw: int) -> int:
        """K: from `config.counts`, and more often one while the run is young (all at once leave nothing to see)."""
        count = int(rng.choice(len(self.config.counts), p=np.divide(self.config.counts, sum(self.config.counts))))
        young = rng.random() >= draw / max(1, self.config.grow_draws)
        return min(count, 1) if young else count

    def _scene(self, seed: int) -> np.ndarray:
        if seed not in self.scenes:
            self.scenes[seed] = scene(seed)
        return self.scenes[seed]

    def _part(self, rng: np.random.Generator) -> np.ndarray:
        """A part of a scene, or of a photo at a random scale; half of them mirrored."""
        height, width = (int(side) for side in rng.integers(SIDES[0] // 8, SIDES[1] // 8 + 1, 2) * 8)
        if rng.random() < self.config.scenes_share:
            source, smallest = self._scene(int(rng.integers(self.config.scenes))), 1.0
        else:
            source = self.photos[int(rng.integers(len(self.photos)))]
            smallest = max(height / source.shape[0], width / source.shape[1])
        height, width = min(height, source.shape[0]), min(width, source.shape[1])
        scale = 1.0 if smallest >= SHARP else float(np.exp(rng.uniform(np.log(smallest), np.log(SHARP))))
        rows, columns = min(round(height / scale), source.shape[0]), min(round(width / scale), source.shape[1])
        top = int(rng.integers(source.shape[0] - rows + 1))
        left = int(rng.integers(source.shape[1] - columns + 1))
        part = source[top : top + rows, left : left + columns]
        if part.shape[:2] != (height, width):
            part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        return part[:, ::-1] if rng.random() < 0.5 else part


class Draws:
    """The draws of each step from `first` to `last` - 1: as many as give a batch of crops."""

    def __init__(self, first: int, last: int, per_step: int) -> None:
        self.first, self.last, self.per_step = first, last, per_step

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self.first, self.last):
            yield list(range(step * self.per_step, (step + 1) * self.per_step))


def collate_crops(items: list[tuple[np.ndarray, np.ndarray]]) -> tuple[Tensor, Tensor]:
    """-> (N, S, S, 3) uint8 views, (N, D) float32 strengths."""
    views, strengths = zip(*items, strict=True)
    crops = np.concatenate(views)
    return torch.from_numpy(crops), torch.from_numpy(np.repeat(np.stack(strengths), len(crops) // len(items), axis=0))
