"""The model that ships: whole, small, and of use on photos that it never saw."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.iqadata.distortions.registry import distort
from exiqa.iqadata.photos import fit, read_packaged_photo
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones import mini
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini_weights import read_mini_weights
from exiqa.model.pretraining.ship import REGRESSOR
from exiqa.model.shipped import SHIPPED_FOLDER

STRONG = ("white_noise", "jpeg", "gaussian_blur", "impulse_noise", "color_saturation_2", "pixelate", "quantization")


@pytest.fixture(scope="module")
def shipped() -> Artifact:
    return Artifact.from_pretrained(SHIPPED_FOLDER)


def test_it_answers_in_the_shipped_bank_with_a_proxy_score(shipped: Artifact) -> None:
    assert shipped.bank.hash == load_bank("kadid10k@3").hash
    assert shipped.model.tuning.template == "nothing_wrong"
    assert shipped.model.backbone.spec == mini.SPEC
    origin = shipped.regressor(REGRESSOR).origin
    assert origin is not None and origin.score.proxy


def test_its_weights_are_small_and_say_how_they_were_made() -> None:
    assert sum(path.stat().st_size for path in SHIPPED_FOLDER.iterdir() if path.is_file()) < 15e6
    _, about = read_mini_weights(mini.SHIPPED_WEIGHTS)
    assert about["bank_hash"] == load_bank("kadid10k@3").hash
    assert about["config"]["held_out"] == []


def test_it_names_strong_distortions_of_a_photo_it_never_saw(shipped: Artifact) -> None:
    photo = fit(read_packaged_photo("chelsea"), 256, 384)
    views = [photo, *(distort(photo, distortion, 5, "kadid10k", seed=0) for distortion in STRONG)]
    seen = shipped.predict(views)
    strongest = [shipped.bank.distortions[column] for column in seen.strengths[1:].argmax(axis=1)]
    assert np.mean([found == true for found, true in zip(strongest, STRONG, strict=True)]) >= 0.7
    clean, *distorted = shipped.score(seen.attributes)
    assert clean > np.mean(distorted) + 0.1


def test_the_text_directions_that_it_stores_are_those_of_its_bank(shipped: Artifact) -> None:
    model = AttributeModel(load_backbone(mini.SPEC), shipped.bank, shipped.model.tuning)
    torch.testing.assert_close(shipped.model.directions(), model.directions(), rtol=0, atol=1e-6)
