"""Saliency maps: what they promise for any tower, and the relevance of tokens against plain autograd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.assessor import load
from exiqa.model.assessing.explain import no_map_sentence, overlay
from exiqa.model.assessing.saliency import MANY, _relevance, crop_grid, find_target, saliency
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.preprocess import to_pixels


@given(st.integers(32, 400), st.integers(32, 400), st.integers(8, 32))
@settings(max_examples=40, deadline=None)
def test_crops_cover_a_photo_to_its_borders(height: int, width: int, size: int) -> None:
    covered = np.zeros((height, width), bool)
    corners = crop_grid(height, width, size)
    for y, x in corners:
        assert 0 <= y <= height - size
        assert 0 <= x <= width - size
        covered[y : y + size, x : x + size] = True
    assert covered.all()
    side_by_side = -(-height // size) * -(-width // size)
    assert len(corners) <= max(MANY, side_by_side)


def test_a_photo_of_one_crop_is_one_crop() -> None:
    assert crop_grid(32, 32, 32) == [(0, 0)]
    assert crop_grid(32, 64, 32) == [(0, 0), (0, 16), (0, 32)]


TUNINGS = {
    "class token, shallow": ("tiny-vit", Tuning(mode="shallow", prompt_length=2)),
    "average, deep": ("tiny-vit-avg", Tuning(mode="deep", prompt_length=3)),
    "average, no prompts": ("tiny-vit-avg", Tuning(mode="frozen")),
}


@pytest.mark.parametrize("name", list(TUNINGS))
@pytest.mark.parametrize("preprocessing", ["native", "resize"])
def test_a_map_is_a_distribution_over_the_photos_pixels(
    name: str, preprocessing: str, bank: Bank, dataset: Dataset
) -> None:
    spec, tuning = TUNINGS[name]
    artifact = Artifact(AttributeModel(load_backbone(f"open_clip:{spec}/random"), bank, tuning), preprocessing)
    for photo in (dataset.load(0), dataset.load(1)[:20, :25], dataset.load(2)[..., 0]):
        for what in ("noise", "smeared edges"):
            found = saliency(artifact, photo, what)
            assert found.map.shape == photo.shape[:2]
            assert found.map.dtype == np.float32
            assert (found.map >= 0).all()
            assert found.map.sum() == pytest.approx(1, abs=1e-3) or not found.map.any()
            assert 0 <= found.probability <= 1


def test_relevance_is_gradient_times_difference_to_the_average_patch(bank: Bank, dataset: Dataset) -> None:
    tuning = Tuning(mode="shallow", prompt_length=2)
    model = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, tuning).eval()
    views = np.stack([dataset.load(row)[:32, :32] for row in range(2)])
    target = find_target(bank, "grey")
    seen: list[torch.Tensor] = []
    block = model.backbone.visual.transformer.resblocks[1]  # type: ignore[union-attr, index]
    handle = block.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    output = model(to_pixels(views).requires_grad_())
    handle.remove()
    strengths = output.strengths[:, target.column]
    (gradient,) = torch.autograd.grad(torch.log(strengths / (1 - strengths)).sum(), seen[0])
    patches = seen[0][:, 1:17].detach()  # a class token before them, two prompts behind
    expected = (gradient[:, 1:17] * (patches - patches.flatten(0, 1).mean(dim=0))).sum(dim=-1)
    expected = expected.clamp_min(0).reshape(2, 4, 4).numpy()
    maps, probabilities = _relevance(model, views, target)
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(probabilities, strengths.detach().numpy(), rtol=1e-5)
    assert expected.max() > 0


def test_targets_are_found_by_id_name_and_phrase(bank: Bank) -> None:
    assert find_target(bank, "noise").column == bank.distortions.index("noise")
    assert find_target(bank, "A softening  of details.").key == "a softening of details"
    assert not find_target(bank, "speckled flat areas").is_distortion
    with pytest.raises(UserError, match="no distortion and no attribute 'fog'"):
        find_target(bank, "fog")


def test_towers_without_tokens_are_refused(bank: Bank, dataset: Dataset) -> None:
    resnet = AttributeModel(load_backbone("open_clip:tiny-resnet/random"), bank, Tuning(mode="frozen"))
    with pytest.raises(UserError, match="without patch tokens"):
        saliency(Artifact(resnet, "native"), dataset.load(0), "noise")


def test_explaining_changes_nothing(tuned: Path, dataset: Dataset) -> None:
    assessor = load(tuned, device="cpu")
    before = assessor.assess(dataset.load(0))
    first = assessor.saliency(dataset.load(0), "noise")
    assert assessor.assess(dataset.load(0)) == before
    np.testing.assert_array_equal(assessor.saliency(dataset.load(0), "noise").map, first.map)
    assert all(parameter.grad is None for parameter in assessor.artifact.model.parameters())


def test_the_overlay_colours_the_salient_place_and_greys_the_rest() -> None:
    photo = np.full((8, 8, 3), (200, 30, 90), np.uint8)
    heat = np.zeros((8, 8), np.float32)
    heat[2, 5] = 1
    shown = overlay(photo, heat).astype(int)
    rest = np.ones((8, 8), bool)
    rest[2, 5] = False
    assert (np.ptp(shown[rest], axis=1) == 0).all()
    assert np.ptp(shown[2, 5]) > 50
    flat = overlay(photo, np.zeros((8, 8), np.float32)).astype(int)
    assert (np.ptp(flat, axis=2) == 0).all()


def test_there_is_no_map_of_what_does_not_move(bank: Bank, dataset: Dataset) -> None:
    """One direction is zero, so that its attribute is at one half in every picture."""
    backbone = load_backbone("open_clip:tiny-vit/random", seed=3)
    model = AttributeModel(backbone, bank, Tuning(mode="frozen"))
    column = [attribute.phrase for attribute in bank.attributes].index("speckled flat areas")
    model.directions()[column] = 0
    artifact = Artifact(model, "native")
    still = saliency(artifact, dataset.load(0), "speckled flat areas")
    assert (still.moves, still.movement, still.probability) == (False, 0, 0.5)
    assert still.map.shape == (40, 48) and (still.map == 0).all()
    assert "no map of speckled flat areas: its probability stays at 0.50" in no_map_sentence(still)


def test_a_probability_that_moves_over_other_photos_has_a_map(tuned: Path, dataset: Dataset) -> None:
    """Over one even photo nothing moves; what the regressor was fitted on says that it does elsewhere."""
    artifact = Artifact.from_pretrained(tuned)
    even = np.full((40, 48, 3), 128, np.uint8)
    regressor = artifact.regressors["toy"]
    regressor.mean.copy_(torch.from_numpy(artifact.predict([even]).attributes[0]))
    regressor.std.fill_(0.2)
    assert saliency(artifact, even, "noise").movement == pytest.approx(0.2, abs=1e-3)
    regressor.std.fill_(0.001)
    assert not saliency(artifact, even, "noise").moves
