from __future__ import annotations

import numpy as np
import pytest
import torch

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.preprocess import random_crop, to_pixels
from exiqa.model.training.prior import prior_strengths, start_at_prior


@pytest.mark.parametrize("spec", ["exiqa-mini/random", "open_clip:tiny-vit-avg/random"])
def test_the_start_predicts_the_prior(spec: str, dataset: Dataset, bank: Bank) -> None:
    model = AttributeModel(load_backbone(spec), bank, Tuning(mode="full", template="antonym", logit_scale=50.0))
    rng, size = np.random.default_rng(0), model.backbone.image_size
    pixels = to_pixels(np.stack([random_crop(dataset.load(row), size, rng) for row in range(len(dataset))]))
    prior = prior_strengths(dataset.strengths)

    def strengths() -> np.ndarray:
        with torch.no_grad():
            return model(pixels).strengths.numpy()

    before = strengths()
    start_at_prior(model, prior, pixels)
    after = strengths()
    # What the random tower says of the single image still scatters around the prior; its centre is there.
    assert np.abs(after.mean(axis=0) - prior).max() < np.abs(before.mean(axis=0) - prior).max()
    assert np.square(after - prior).mean() < np.square(before - prior).mean()


def test_the_prior_is_the_mean_strength() -> None:
    assert prior_strengths(np.array([[0, 1], [0.5, 0]], np.float32)).tolist() == [0.25, 0.5]


def test_a_tower_without_a_shared_bias_is_refused(bank: Bank) -> None:
    model = AttributeModel(load_backbone("open_clip:tiny-resnet/random"), bank, Tuning(mode="full"))
    with pytest.raises(UserError, match="start_at_prior = false"):
        start_at_prior(model, np.full(3, 0.1, np.float32), torch.rand(2, 3, 32, 32))
