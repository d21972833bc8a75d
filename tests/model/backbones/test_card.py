"""What weights say that they met before they came here: read from the weights, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import load_taxonomy
from exiqa.iqadata.datasets.combine import combine
from exiqa.iqadata.datasets.dataset import COLUMNS, Dataset
from exiqa.model.backbones.families import card_of
from exiqa.model.backbones.met_photos import keep_in_training
from exiqa.model.backbones.mini_weights import mini_card, save_mini_weights


def _weights(
    folder: Path, held_out: tuple[str, ...] = (), photos: dict[str, list[str]] | None = None, **shares: float
) -> Path:
    path = folder / "weights.safetensors"
    about = {"config": {"held_out": list(held_out), "shares": shares}, "attributes": ["0123456789abcdef"]}
    about |= {"photos": photos} if photos else {}
    save_mini_weights({"a": torch.zeros(1)}, path, about)
    return path


def test_what_was_shown_is_that_of_the_data_sets_but_what_was_held_out(tmp_path: Path) -> None:
    card = mini_card(_weights(tmp_path, held_out=("jpeg",), csiq=0.5, lvq=0.1))
    assert card.datasets == ("csiq", "lvq")
    assert card.distortions == {*load_taxonomy("csiq").ids, *load_taxonomy("lvq").ids} - {"jpeg"}
    assert card.attributes == {"0123456789abcdef"}
    assert not card.free_text


def test_the_shipped_weights_have_learned_most_phrases_of_the_curated_banks() -> None:
    card = card_of("exiqa-mini")
    assert card is not None
    for name in ("kadid10k@3", "authentic@2"):
        learned = [attribute.id in card.attributes for attribute in load_bank(name).attributes]
        assert 0.7 < sum(learned) / len(learned) < 0.9, "one in five is held out"
    assert card.distortions >= {*load_taxonomy("kadid10k").ids, *load_taxonomy("authentic").ids}


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


def test_photos_that_weights_were_trained_on_are_not_tested_on(tmp_path: Path) -> None:
    path = _weights(tmp_path, photos={"authentic-set": ["b.jpg", "c.JPG"], "another": ["a.jpg"]}, csiq=1)
    table = pd.DataFrame({"image": [f"Images/{name}.jpg" for name in "abcdefghij"], "distortion": "", "level": 0})
    table = table.assign(reference=table["image"], score=0.5, raw_score=0.5)[list(COLUMNS)]
    strengths = np.zeros((10, 1), np.float32)
    dataset = Dataset(
        "authentic-set", load_taxonomy("csiq"), ("jpeg",), table, strengths, ((1.0,),), "level", None, int
    )
    met = keep_in_training(dataset, ["exiqa-mini/random", f"exiqa-mini@{path}"])
    assert met.training_only == {"Images/b.jpg", "Images/c.jpg"}
    assert keep_in_training(dataset, ["exiqa-mini/random", "open_clip:ViT-B-32/openai"]).training_only == frozenset()
    both = combine("both", [replace(dataset, name="authentic-set")])
    assert keep_in_training(both, [f"exiqa-mini@{path}"]).training_only == met.training_only
