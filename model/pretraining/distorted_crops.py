"""What the small backbone is pretrained on: distorted crops, each a pure function of the seed and its number."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from exiqa.core.errors import UserError
from exiqa.iqadata.distortions.camera_traces import draw_traces, leave_traces
from exiqa.iqadata.distortions.innocent import draw_innocent, process
from exiqa.iqadata.distortions.levels import LEVELS, STRETCHED
from exiqa.iqadata.distortions.numerics.colorspace import clip, stretch
from exiqa.iqadata.distortions.registry import apply
from exiqa.iqadata.distortions.variants import VARIANTS, levels_of_variant
from exiqa.iqadata.effects.measure import EFFECTS, measure_effects
from exiqa.iqadata.standins.scenes import scene
from exiqa.model.backbones.mini_tower import IMAGE_SIZE
from exiqa.model.preprocess import aligned_crop
from exiqa.model.pretraining.config import PretrainConfig

SIDES = (224, 384)
"""Shortest and longest side of the part of a photo that is distorted, in pixels."""
SHARP = 0.7
"""Photos of at least `LARGE` pixels are shown at most at this scale: at their full size they are softer than what
datasets are made of."""
LARGE = 1000
SAME_FAULT = {
    "defocus": "lens_blur",
    "camera_shake": "motion_blur",
    "subject_motion": "motion_blur",
    "upscaling": "gaussian_blur",
    "underexposure": "darken",
    "overexposure": "brighten",
    "low_light_noise": "white_noise",
    "oversmoothing": "denoise",
    "oversharpening": "high_sharpen",
    "repeated_jpeg": "jpeg",
    "dull_color": "color_saturation_1",
    "excessive_saturation": "color_saturation_2",
    "banding": "quantization",
}
"""A camera's fault -> the distortion of KADID-10k that does the same to a picture, and is there as strongly."""
SMALLEST = 144
"""Pixels that innocent processing leaves of each side at least."""


class Draw(NamedTuple):
    """One distorted photo."""

    views: np.ndarray
    """(crops, S, S, 3) uint8."""
    strengths: np.ndarray
    """(D,) float32 in [0, 1]: level ÷ number of levels, 0 where a distortion was not applied."""
    known: np.ndarray
    """(D,) bool: the distortions of the data set that was drawn, and those of others that do the same as what was
    applied. Of a photo without distortion, all."""
    visibility: np.ndarray
    """(E,) float32 in [0, 1], of all effects; NaN where the photo is no longer that of its reference."""


class DistortedCrops(torch.utils.data.Dataset):
    """Number of the draw -> crops of one distorted photo, its strengths, and the effects that are seen in it.

    A draw takes a photo, a scale, a part of it, a data set, K of its distortions in random order, a strength for each,
    innocent processing of the part with and without them, and `config.crops` crops of what comes out. Neither
    processes nor interruptions change what a number gives.
    """

    def __init__(self, photos: Sequence[np.ndarray], config: PretrainConfig) -> None:
        """Crops of photos and scenes.

        Args:
            photos: (H, W, 3) uint8 sRGB without distortion, with sides of at least 224 pixels.
            config: How they are drawn.
        """
        self.photos, self.config = photos, config
        self.distortions = drawn_distortions(config)
        self.scenes: dict[int, np.ndarray] = {}

    def __getitem__(self, draw: int) -> Draw:
        cv2.setNumThreads(1)  # a loader process must not take the trainer's cores
        config = self.config
        rng = np.random.default_rng((config.seed, draw))
        reference = np.ascontiguousarray(self._part(rng))
        dataset = str(rng.choice(list(config.shares), p=_shares(tuple(config.shares.values()))))
        ids = [distortion for distortion in LEVELS[dataset] if distortion not in config.held_out]
        image = reference.astype(np.float32) / np.float32(255)
        strengths = np.zeros(len(self.distortions), np.float32)
        count = int(rng.choice(len(config.counts), p=_shares(config.counts)))
        known = set(ids if count else self.distortions)
        frequencies = _shares([config.frequencies.get(distortion, 1.0) for distortion in ids])
        for distortion in rng.choice(ids, min(count, len(ids)), replace=False, p=frequencies):
            image, strength = self._distorted(image, dataset, str(distortion), rng)
            for applied in {str(distortion), SAME_FAULT.get(distortion, distortion)} & set(self.distortions):
                column = self.distortions.index(applied)
                strengths[column] = max(strengths[column], strength)
                known.add(applied)
        image = np.rint(image * np.float32(255)).astype(np.uint8)
        if config.camera_share and rng.random() < config.camera_share:
            traces = draw_traces(rng)
            reference, image = leave_traces(reference, traces), leave_traces(image, traces)
        if rng.random() < config.innocent_share:
            processing = draw_innocent(rng)
            least = SMALLEST / (min(image.shape[:2]) * processing.crop)
            processing = dataclasses.replace(processing, scale=min(1.0, max(processing.scale, least)))
            reference, image = process(reference, processing), process(image, processing)
        try:
            visibility = measure_effects(reference, image).visibility
        except UserError:  # so strong that it shows something else
            visibility = np.full(len(EFFECTS), np.nan, np.float32)
        views = np.stack([aligned_crop(image, IMAGE_SIZE, rng) for _ in range(config.crops)])
        return Draw(views, strengths, np.isin(self.distortions, list(known)), visibility)

    def _distorted(
        self, image: np.ndarray, dataset: str, distortion: str, rng: np.random.Generator
    ) -> tuple[np.ndarray, float]:
        """A distortion at a drawn strength: the image, and the strength in (0, 1]."""
        stretched = dataset in STRETCHED
        others = VARIANTS.get(distortion, ())[:-1] if dataset == "kadid10k" else ()
        if others and rng.random() < self.config.variants_share:
            variant = others[int(rng.integers(len(others)))]
            parameter, strength = self._parameter(levels_of_variant(variant), rng)
            if variant.whole:
                parameter = round(parameter)
            values = variant.function(stretch(image) if stretched else image, parameter, rng)
            values = np.asarray(values, np.float32)
            return stretch(values) if stretched else clip(values), strength
        parameter, strength = self._parameter(LEVELS[dataset][distortion], rng)
        return apply(image, distortion, parameter, rng, stretched=stretched), strength

    def _parameter(self, levels: Sequence[float], rng: np.random.Generator) -> tuple[float, float]:
        """A parameter and its strength: those of a level, or between two where the levels have one order."""
        steps = np.diff(levels)
        if ((steps > 0).all() or (steps < 0).all()) and rng.random() < self.config.between_levels:
            position = float(rng.uniform(1, len(levels)))
            parameter = float(np.interp(position, np.arange(1, len(levels) + 1), levels))
            counted = all(float(level).is_integer() for level in levels)  # colors, patches, qualities
            return float(round(parameter)) if counted else parameter, position / len(levels)
        level = int(rng.integers(1, len(levels) + 1))
        return float(levels[level - 1]), level / len(levels)

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
        largest = SHARP if max(source.shape[:2]) >= LARGE else 1.0
        scale = 1.0 if smallest >= largest else float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
        rows, columns = min(round(height / scale), source.shape[0]), min(round(width / scale), source.shape[1])
        top = int(rng.integers(source.shape[0] - rows + 1))
        left = int(rng.integers(source.shape[1] - columns + 1))
        part = source[top : top + rows, left : left + columns]
        if part.shape[:2] != (height, width):
            part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
        return part[:, ::-1] if rng.random() < 0.5 else part


def drawn_distortions(config: PretrainConfig) -> tuple[str, ...]:
    """The D distortions of a run: those of all its data sets, each once, without the ones that are held out."""
    ids = dict.fromkeys(distortion for dataset in config.shares for distortion in LEVELS[dataset])
    return tuple(distortion for distortion in ids if distortion not in config.held_out)


def _shares(values: Sequence[float]) -> np.ndarray:
    return np.divide(values, sum(values))


class Draws:
    """The draws of each step from `first` to `last` - 1: as many as give a batch of crops."""

    def __init__(self, first: int, last: int, per_step: int) -> None:
        self.first, self.last, self.per_step = first, last, per_step

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self.first, self.last):
            yield list(range(step * self.per_step, (step + 1) * self.per_step))


class CropBatch(NamedTuple):
    """The crops of one step."""

    views: Tensor
    """(N, S, S, 3) uint8."""
    strengths: Tensor
    """(N, D) float32."""
    known: Tensor
    """(N, D) bool."""
    visibility: Tensor
    """(N, E) float32."""

    def to(self, device: torch.device) -> CropBatch:
        """The same batch on a device."""
        return CropBatch(*(tensor.to(device, non_blocking=True) for tensor in self))


def collate_crops(items: list[Draw]) -> CropBatch:
    """The crops of all draws, each with what is known of its draw."""
    crops = len(items[0].views)
    views = torch.from_numpy(np.concatenate([item.views for item in items]))
    of_draws = (np.repeat(np.stack(values), crops, axis=0) for values in list(zip(*items, strict=True))[1:])
    return CropBatch(views, *map(torch.from_numpy, of_draws))
