"""What weights say that they met before they came here: read from the weights, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.model.backbones.families import card_of
from exiqa.model.backbones.mini_weights import mini_card, save_mini_weights


def _weights(folder: Path, **config: object) -> Path:
    path = folder / "weights.safetensors"
    save_mini_weights({"a": torch.zeros(1)}, path, {"config": {"held_out": [], **config}})
    return path


def test_one_bank_is_learned_with_its_own_distortions_but_what_was_held_out(tmp_path: Path) -> None:
    bank = load_bank("csiq@1")
    card = mini_card(_weights(tmp_path, bank="csiq@1", held_out=["jpeg"]))
    assert card.datasets == ("csiq",)
    assert card.distortions == set(bank.distortions) - {"jpeg"}
    learned = {a.id for d, attributes in bank.ranked.items() if d != "jpeg" for a in attributes}
    assert card.attributes == learned
    assert not card.free_text


def test_data_sets_and_banks_may_be_several(tmp_path: Path) -> None:
    card = mini_card(_weights(tmp_path, bank="csiq@1", banks=["csiq@1", "live@1"], shares={"csiq": 0.5, "lvq": 0.1}))
    assert card.datasets == ("csiq", "lvq")
    assert card.distortions == {*load_taxonomy("csiq").ids, *load_taxonomy("lvq").ids}
    # Of LIVE's bank those attributes were learned whose distortions were shown.
    shared = [d for d in load_bank("live@1").distortions if d in card.distortions]
    assert {a.id for d in shared for a in load_bank("live@1").ranked[d]} <= card.attributes


def test_the_card_goes_with_the_spec() -> None:
    shipped = card_of("exiqa-mini")
    assert shipped is not None and shipped.datasets and shipped.attributes and not shipped.free_text
    blank = card_of("exiqa-mini/random")
    assert blank is not None and not blank.distortions and not blank.attributes
    assert card_of("open_clip:ViT-B-32/openai") is None


@pytest.mark.parametrize("spec", ["exiqa-mini", "exiqa-mini/random"])
def test_a_card_is_read_without_building_a_backbone(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exiqa.model.backbones.mini.build_visual", lambda: pytest.fail("a tower was built"))
    assert card_of(spec) is not None
