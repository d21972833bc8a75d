"""Pretraining the small backbone: the draws, resuming, the weights' file, and what is refused."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file as safe_tensors
from safetensors.torch import save_file
from typer.testing import CliRunner

from exiqa.bank.storage.store import load_bank
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.iqadata.photos import PACKAGED_PHOTOS
from exiqa.iqadata.standins.scenes import STANDIN_SEEDS, scene
from exiqa.model.backbones.families import load_backbone
from exiqa.model.backbones.mini import SHIPPED_WEIGHTS
from exiqa.model.backbones.mini_weights import read_mini_weights
from exiqa.model.cli import app
from exiqa.model.pretraining.config import PretrainConfig, load_pretrain_config
from exiqa.model.pretraining.distorted_crops import DistortedCrops, Draws
from exiqa.model.pretraining.photos import load_photo_list
from exiqa.model.pretraining.pretrain import WEIGHTS, pretrain
from exiqa.model.training.log import read_log

FAST = ("gaussian_blur", "white_noise", "brighten")
SLOW = tuple(d for d in load_bank("kadid10k@1").distortions if d not in FAST)


def _config(**changes: object) -> PretrainConfig:
    values = {"held_out": SLOW, "steps": 4, "draws": 2, "crops": 2, "scenes": 2, "warmup_steps": 1, **changes}
    return PretrainConfig.model_validate(values)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    return [scene(seed, 256, 320) for seed in (20_001, 20_002)]


def test_a_draw_is_a_function_of_seed_and_number(photos: list[np.ndarray]) -> None:
    crops, again = (DistortedCrops(photos, FAST, _config()) for _ in range(2))
    assert not np.array_equal(crops[0][0], crops[1][0])
    for draw in (3, 1):
        views, strengths = crops[draw]
        assert views.shape == (2, 128, 128, 3)
        assert views.dtype == np.uint8
        np.testing.assert_array_equal(views, again[draw][0])
        np.testing.assert_array_equal(strengths, again[draw][1])
    assert [list(draws) for draws in Draws(2, 4, 3)] == [[6, 7, 8], [9, 10, 11]]


def test_strengths_say_what_was_done(photos: list[np.ndarray]) -> None:
    assert not DistortedCrops(photos, FAST, _config(counts=(1,)))[5][1].any()
    config = _config(counts=(0, 1))
    seen = np.stack([DistortedCrops(photos, FAST, config)[draw][1] for draw in range(40)])
    assert ((seen > 0).sum(axis=1) == 1).all()
    assert set(np.rint(np.unique(seen) * 5)) == {0, 1, 2, 3, 4, 5}
    assert (seen.max(axis=0) > 0).all()


def test_distortions_grow_more(photos: list[np.ndarray]) -> None:
    crops = DistortedCrops(photos, FAST, _config(counts=(0, 0, 1), grow_draws=60))
    counts = np.array([(crops[draw][1] > 0).sum() for draw in range(90)])
    assert counts[:15].mean() < 1.5
    assert (counts[60:] == 2).all()


def test_a_small_photo_is_taken_whole() -> None:
    crops = DistortedCrops([scene(20_001, 224, 224)], FAST, _config(scenes_share=0))
    assert all(crops[draw][0].shape == (2, 128, 128, 3) for draw in range(6))


def test_an_interrupted_run_ends_in_the_same_weights(photos: list[np.ndarray], tmp_path: Path) -> None:
    config = _config(checkpoint_every=2)
    whole, parts = (tmp_path / name / WEIGHTS for name in ("whole", "parts"))
    assert pretrain(config, photos, whole.parent)
    for done in range(1, 4):
        assert not pretrain(config, photos, parts.parent, minutes=0)
        assert read_mini_weights(parts)[1]["steps"] == done
    assert pretrain(config, photos, parts.parent, minutes=0)
    assert parts.read_bytes() == whole.read_bytes()
    for log in (tmp_path / name / "training" / "log.jsonl" for name in ("whole", "parts")):
        assert [line["step"] for line in read_log(log)] == [1, 2, 3, 4]
    losses = [[line["loss"] for line in read_log(tmp_path / n / "training" / "log.jsonl")] for n in ("whole", "parts")]
    assert losses[0] == losses[1]


def test_weights_make_a_backbone_and_a_start(photos: list[np.ndarray], tmp_path: Path) -> None:
    assert pretrain(_config(), photos, tmp_path / "first")
    weights = tmp_path / "first" / WEIGHTS
    tensors, about = read_mini_weights(weights)
    assert about["config"]["steps"] == 4
    assert weights.stat().st_size < 15e6
    backbone = load_backbone(f"exiqa-mini@{weights}")
    assert backbone.hash != load_backbone("exiqa-mini/random").hash
    np.testing.assert_array_equal(
        backbone.visual.proj.detach().numpy(),  # type: ignore[union-attr]
        tensors["backbone.visual.proj"].numpy(),
    )
    again = tmp_path / "second" / WEIGHTS
    assert pretrain(_config(steps=1, learning_rate=1e-9, ema_decay=0), photos, again.parent, start=weights)
    torch.testing.assert_close(read_mini_weights(again)[0]["backbone.visual.proj"], tensors["backbone.visual.proj"])


def test_the_readout_has_a_learning_rate_of_its_own(photos: list[np.ndarray], tmp_path: Path) -> None:
    # Adam's first step is as long as the learning rate, whatever the gradient.
    moved = {}
    for multiplier in (1, 10):
        out = tmp_path / str(multiplier)
        config = _config(
            steps=1, learning_rate=1e-2, warmup_steps=0, weight_decay=0, ema_decay=0, readout_lr_multiplier=multiplier
        )
        assert pretrain(config, photos, out)
        moved[multiplier] = read_mini_weights(out / WEIGHTS)[0]
    weights = [moved[multiplier]["head.weight_logits"].abs().max().item() for multiplier in (1, 10)]
    assert weights == pytest.approx([1e-2, 1e-1], rel=1e-2)
    torch.testing.assert_close(moved[1]["backbone.visual.proj"], moved[10]["backbone.visual.proj"])


def test_the_loss_of_each_attribute_is_added(photos: list[np.ndarray], tmp_path: Path) -> None:
    losses = []
    for weight in (0, 1, 2):
        assert pretrain(_config(steps=1, attribute_loss_weight=weight), photos, tmp_path / str(weight))
        losses.append(read_log(tmp_path / str(weight) / "training" / "log.jsonl")[0]["loss"])
    assert losses[1] > losses[0] + 0.1
    assert losses[2] - losses[1] == pytest.approx(losses[1] - losses[0], rel=1e-4)


def test_the_folder_of_another_run_is_refused(photos: list[np.ndarray], tmp_path: Path) -> None:
    pretrain(_config(), photos, tmp_path, minutes=0)
    with pytest.raises(UserError, match="another"):
        pretrain(_config(seed=1), photos, tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("steps = 0", "steps: Input should be greater than or equal to 1"),
        ("steps = 5\nscenes = 10001", "kept for the stand-in datasets"),
        ("steps = 5\ncounts = [0, 0]", "one at least is above zero"),
        ("steps = ", "is not valid TOML"),
        ("steps = 5\nlr = 3", "lr: there is no such key"),
    ],
)
def test_a_config_that_cannot_be_meant_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "pretrain.toml"
    file.write_text(text)
    with pytest.raises(UserError, match=sentence) as caught:
        load_pretrain_config(file)
    assert "\n" not in str(caught.value)


def test_settings_are_read_under_the_names_that_older_weights_have() -> None:
    settings = {"steps": 1, "classifier_share": 0.1, "attributes_share": 0.2, "readout_pace": 3, "average": 0.4}
    config = PretrainConfig.model_validate(settings)
    assert (config.classifier_loss_weight, config.attribute_loss_weight) == (0.1, 0.2)
    assert (config.readout_lr_multiplier, config.ema_decay) == (3, 0.4)
    shipped = PretrainConfig.model_validate(read_mini_weights(SHIPPED_WEIGHTS)[1]["config"])
    assert (shipped.readout_lr_multiplier, shipped.ema_decay) == (10, 0.998)
    assert PretrainConfig.model_validate(shipped.model_dump()) == shipped


def test_mistakes_are_refused(photos: list[np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'fog', which kadid10k@1 does not have"):
        pretrain(_config(held_out=("fog",)), photos, tmp_path)
    with pytest.raises(UserError, match="there are no weights"):
        load_backbone("exiqa-mini@nowhere.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"x" * 20)
    with pytest.raises(UserError, match="is damaged or was not written by a pretraining run"):
        load_backbone(f"exiqa-mini@{broken}")
    scaleless = tmp_path / "scaleless.safetensors"
    tensors, about = safe_tensors(SHIPPED_WEIGHTS), {"exiqa": "{}"}
    save_file({name: t for name, t in tensors.items() if name != "head.log_scale"}, scaleless, metadata=about)
    with pytest.raises(UserError, match="does not fit this version's small backbone"):
        load_backbone(f"exiqa-mini@{scaleless}")
    result = CliRunner().invoke(app, ["pretrain", "--photos", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "apt-get download" in result.output


def test_the_photos_of_the_stand_ins_are_never_trained_on() -> None:
    assert load_pretrain_config().scenes <= STANDIN_SEEDS
    listed = {photo.sha256 for photo in load_photo_list()}
    for photo in PACKAGED_PHOTOS.values():
        origin = find_spec(photo.package).origin  # type: ignore[union-attr]
        assert sha256_file(Path(str(origin)).parent / photo.path) not in listed
