from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit

from exiqa.bank.attribute import Attribute
from exiqa.bank.schema import Bank
from exiqa.bank.sentences import sentence_pairs
from exiqa.core.errors import UserError
from exiqa.model.attribute_model import AttributeModel, check_fits_memory
from exiqa.model.backbones.backbone import Backbone
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.text import ClipText
from exiqa.model.config import Tuning


@pytest.fixture
def backbone() -> Backbone:
    return load_backbone("open_clip:tiny-vit/random")


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    return torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def _unit(tensor: torch.Tensor) -> np.ndarray:
    array = tensor.detach().numpy().astype(np.float64)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


@pytest.mark.parametrize("template", ["paper", "none", "antonym"])
def test_zero_shot_is_clip_itself(template: str, backbone: Backbone, bank: Bank, pixels: torch.Tensor) -> None:
    model = AttributeModel(backbone, bank, Tuning(mode="frozen", template=template))
    output = model(pixels)
    positive, negative = (
        _unit(backbone.text_tower(backbone.text_tower.inputs(side)))
        for side in sentence_pairs(bank.attributes, template)
    )
    image = _unit(backbone.visual(backbone.normalise(pixels)))
    attributes = expit((image @ positive.T - image @ negative.T) / 0.07)
    np.testing.assert_allclose(output.attributes.detach().numpy(), attributes, atol=1e-4)
    membership = bank.membership()
    np.testing.assert_allclose(
        output.strengths.detach().numpy(), attributes @ (membership / membership.sum(axis=0)), atol=1e-4
    )


def test_a_shared_attribute_is_stored_once(backbone: Backbone, bank: Bank) -> None:
    model = AttributeModel(backbone, bank, Tuning(mode="frozen"))
    assert model.directions().shape == (6, 32)  # seven places in the bank, one phrase in two of them
    assert model.head.mask.sum() == 7


def test_the_logit_scale_is_explicit(backbone: Backbone, bank: Bank, pixels: torch.Tensor) -> None:
    logits = [
        AttributeModel(backbone, bank, Tuning(mode="frozen", logit_scale=scale))(pixels).logits
        for scale in (10.0, 30.0)
    ]
    torch.testing.assert_close(logits[0] * 3, logits[1])
    fixed = AttributeModel(backbone, bank, Tuning(mode="shallow", prompt_length=1))
    learned = AttributeModel(backbone, bank, Tuning(mode="shallow", prompt_length=1, learn_logit_scale=True))
    assert learned.trained_state().keys() - fixed.trained_state().keys() == {"head.log_scale"}


def test_sentences_are_encoded_once_and_never_per_step(
    bank: Bank, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    encoded = 0
    forward = ClipText.forward

    def counting(self: ClipText, inputs: torch.Tensor) -> torch.Tensor:
        nonlocal encoded
        encoded += len(inputs)
        return forward(self, inputs)

    monkeypatch.setattr(ClipText, "forward", counting)
    model = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, Tuning(prompt_length=2)).train()
    assert encoded == 12  # six attributes, a positive and a negative sentence each
    for _ in range(3):
        model(pixels).logits.sum().backward()
    AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, Tuning(mode="frozen"))
    assert encoded == 12
    AttributeModel(load_backbone("open_clip:tiny-vit/random", seed=1), bank, Tuning(mode="frozen"))
    assert encoded == 24  # other weights, other vectors


def test_full_tuning_reaches_both_towers(backbone: Backbone, bank: Bank, pixels: torch.Tensor) -> None:
    model = AttributeModel(backbone, bank, Tuning(mode="full")).train()
    model(pixels).strengths.sum().backward()
    without = [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert not without


def test_minis_sentence_encoder_stays_out_of_training(bank: Bank) -> None:
    model = AttributeModel(load_backbone("exiqa-mini/random"), bank, Tuning(mode="full")).train()
    trained = [n for n in model.trained_state() if n.startswith("backbone.text")]
    assert trained and all(n.startswith("backbone.text.projection.") for n in trained)
    model(torch.rand(2, 3, 128, 128)).logits.sum().backward()
    assert model.backbone.text.projection.linear.weight.grad is not None


def test_directions_follow_the_text_tower_in_full_tuning(backbone: Backbone, bank: Bank, pixels: torch.Tensor) -> None:
    model = AttributeModel(backbone, bank, Tuning(mode="full")).eval()
    before = model(pixels).logits
    model.train()
    with torch.no_grad():
        for parameter in backbone.text.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    model.eval()
    assert (model(pixels).logits - before).abs().max() > 1e-3


def test_with_bank_reads_the_same_tower_out(backbone: Backbone, bank: Bank, pixels: torch.Tensor) -> None:
    model = AttributeModel(backbone, bank, Tuning(prompt_length=2, logit_scale=20.0, learn_logit_scale=True), seed=3)
    with torch.no_grad():
        model.head.weight_logits.copy_(torch.randn(model.head.weight_logits.shape))
        model.head.log_scale.fill_(2.0)
    fog = Attribute(phrase="a milky veil", antonym="clear air")
    ranked = {"grey": bank.ranked["grey"], "blur": (*bank.ranked["blur"], fog)}
    other_bank = Bank(**{**bank.model_dump(), "ranked": ranked})
    other = model.with_bank(other_bank)
    assert other.bank is other_bank and other.tower is model.tower
    assert other.head.logit_scale == model.head.logit_scale
    torch.testing.assert_close(other.encode_image(pixels), model.encode_image(pixels))
    ours, theirs = model(pixels), other(pixels)
    for row, attribute in enumerate(bank.attributes):
        if attribute in other_bank.attributes:
            place = other_bank.attributes.index(attribute)
            torch.testing.assert_close(theirs.attributes[:, place], ours.attributes[:, row])
    # grey has the attributes it was tuned with, so its weights stay; blur has a new one, so it gets uniform ones.
    columns = [b.distortions.index("grey") for b in (bank, other_bank)]
    torch.testing.assert_close(theirs.strengths[:, columns[1]], ours.strengths[:, columns[0]])
    blur = other.head.weights()[:, other_bank.distortions.index("blur")]
    torch.testing.assert_close(blur[blur > 0], torch.full((3,), 1 / 3))
    assert all(
        parameter.requires_grad for name, parameter in model.named_parameters() if name.startswith("tower.prompts")
    )


def test_with_bank_learns_what_its_mode_learns(backbone: Backbone, bank: Bank) -> None:
    for mode, prompts in (("frozen", 0), ("shallow", 2), ("full", 0)):
        model = AttributeModel(backbone, bank, Tuning(mode=mode, prompt_length=prompts)).train()  # type: ignore[arg-type]
        other = model.with_bank(bank.top(1))
        assert other.trained_state().keys() == model.trained_state().keys()
        assert other.training and model.training


def test_known_directions_need_no_text_tower(
    bank: Bank, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    def refuse(self: ClipText, inputs: torch.Tensor) -> torch.Tensor:
        raise AssertionError("a sentence was encoded")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for mode in ("frozen", "full"):
        tuning = Tuning(mode=mode)  # type: ignore[arg-type]
        model = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, tuning)
        expected, state, directions = model(pixels).logits, model.trained_state(), model.directions()
        with monkeypatch.context() as patch:
            patch.setattr(ClipText, "forward", refuse)
            again = AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, tuning, directions=directions)
            again.load_trained_state(state, directions)
            torch.testing.assert_close(again.eval()(pixels).logits, expected)


def test_a_bank_larger_than_memory_is_refused(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(UserError, match=r"bank toy@1 has 6 attributes for 3 distortions, which need"):
        check_fits_memory(bank, 512)


def test_a_bank_without_antonyms_cannot_be_read_by_them(backbone: Backbone, bank: Bank) -> None:
    ranked = {"blur": (Attribute(phrase="a softening of details"),)}
    plain = Bank(**{**bank.model_dump(), "ranked": ranked})
    with pytest.raises(UserError, match="has no antonym"):
        AttributeModel(backbone, plain, Tuning(mode="frozen", template="antonym"))
