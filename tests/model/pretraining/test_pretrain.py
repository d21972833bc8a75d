"""Pretraining the small backbone: the draws, resuming, the weights' file, and what is refused."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file as safe_tensors
from safetensors.torch import save_file
from scipy.stats import spearmanr
from typer.testing import CliRunner

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file
from exiqa.iqadata.distortions.levels import LEVELS
from exiqa.iqadata.distortions.variants import VARIANTS, Variant
from exiqa.iqadata.effects.measure import EFFECTS
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
SLOW = tuple(d for d in LEVELS["kadid10k"] if d not in FAST)


def _config(**changes: object) -> PretrainConfig:
    values = {
        "shares": {"kadid10k": 1}, "held_out": SLOW, "steps": 4, "draws": 2, "crops": 2, "scenes": 2, "warmup_steps": 1,
        "phrases_each": 2, "phrases_more": 5, "device": "cpu", **changes,
    }  # fmt: skip
    return PretrainConfig.model_validate(values)


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    return [scene(seed, 256, 320) for seed in (20_001, 20_002)]


def test_a_draw_is_a_function_of_seed_and_number(photos: list[np.ndarray]) -> None:
    crops, again = (DistortedCrops(photos, _config()) for _ in range(2))
    assert crops.distortions == FAST
    assert not np.array_equal(crops[0].views, crops[1].views)
    for draw in (3, 1):
        assert crops[draw].views.shape == (2, 128, 128, 3)
        assert crops[draw].views.dtype == np.uint8
        for one, other in zip(crops[draw], again[draw], strict=True):
            np.testing.assert_array_equal(one, other)
    assert [list(draws) for draws in Draws(2, 4, 3)] == [[6, 7, 8], [9, 10, 11]]


def test_strengths_say_what_was_done(photos: list[np.ndarray]) -> None:
    clean = DistortedCrops(photos, _config(counts=(1,)))[5]
    assert not clean.strengths.any() and not clean.visibility.any()
    at_levels = DistortedCrops(photos, _config(counts=(0, 1), between_levels=0))
    seen = np.stack([at_levels[draw].strengths for draw in range(30)])
    assert ((seen > 0).sum(axis=1) == 1).all()
    assert set(np.rint(np.unique(seen) * 5)) == {0, 1, 2, 3, 4, 5}
    between = DistortedCrops(photos, _config(counts=(0, 1), between_levels=1))
    drawn = np.stack([between[draw].strengths for draw in range(8)]).max(axis=1)
    assert len(set(drawn.tolist())) == 8 and drawn.min() >= 0.2 and drawn.max() <= 1


def test_a_cameras_traces_are_no_fault(photos: list[np.ndarray]) -> None:
    plain, traced = (DistortedCrops(photos, _config(counts=(1,), innocent_share=0, camera_share=s)) for s in (0, 1))
    for draw in range(4):
        one = traced[draw]
        assert not np.array_equal(one.views, plain[draw].views)
        assert one.views.shape == plain[draw].views.shape
        assert not one.strengths.any() and not one.visibility.any()


def test_what_is_seen_grows_with_the_strength(photos: list[np.ndarray]) -> None:
    held_out = tuple(d for d in LEVELS["kadid10k"] if d != "gaussian_blur")
    crops = DistortedCrops(photos, _config(counts=(0, 1), held_out=held_out, innocent_share=0))
    drawn = [crops[draw] for draw in range(16)]
    blur = [draw.visibility[list(EFFECTS).index("blur")] for draw in drawn]
    assert spearmanr([draw.strengths.max() for draw in drawn], blur).statistic > 0.8


def test_another_data_sets_distortions_are_not_known(photos: list[np.ndarray]) -> None:
    slow = tuple(
        d for levels in (LEVELS["live"], LEVELS["csiq"]) for d in levels if d not in FAST and d != "pink_noise"
    )
    crops = DistortedCrops(photos, _config(shares={"live": 1, "csiq": 1}, held_out=slow, counts=(1, 3)))
    assert crops.distortions == ("white_noise", "gaussian_blur", "pink_noise")
    drawn = [crops[draw] for draw in range(16)]
    known = {tuple(one.known.tolist()) for one in drawn if one.strengths.any()}
    assert known == {(True, True, False), (True, True, True)}
    assert all(one.known.all() for one in drawn if not one.strengths.any()), "a clean photo is clean in every data set"


def test_a_cameras_fault_is_the_same_distortion_of_kadid(photos: list[np.ndarray]) -> None:
    kept = (*FAST, "underexposure", "overexposure")
    others = tuple(d for dataset in ("kadid10k", "authentic") for d in LEVELS[dataset] if d not in kept)
    config = _config(
        shares={"authentic": 1, "kadid10k": 0}, held_out=others, counts=(0, 1), frequencies={"underexposure": 0}
    )
    crops = DistortedCrops(photos, config)
    brighten, over = crops.distortions.index("brighten"), crops.distortions.index("overexposure")
    for draw in range(4):  # never underexposure, which is drawn not at all
        strengths, known = crops[draw].strengths, crops[draw].known
        assert strengths[brighten] == strengths[over] > 0
        assert known[brighten] and not known[crops.distortions.index("gaussian_blur")]


def test_the_last_variant_of_each_distortion_is_kept_for_measuring(
    photos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    def spy(variant: Variant) -> Variant:
        def function(image: np.ndarray, parameter: float, rng: np.random.Generator) -> np.ndarray:
            used.append(variant.name)
            return variant.function(image, parameter, rng)

        return dataclasses.replace(variant, function=function)

    for distortion in FAST:
        monkeypatch.setitem(VARIANTS, distortion, tuple(map(spy, VARIANTS[distortion])))
    crops = DistortedCrops(photos, _config(counts=(0, 1), variants_share=1))
    for draw in range(48):
        crops[draw]
    assert set(used) == {variant.name for distortion in FAST for variant in VARIANTS[distortion][:-1]}


def test_a_small_photo_is_taken_whole() -> None:
    crops = DistortedCrops([scene(20_001, 224, 224)], _config(scenes_share=0))
    assert all(crops[draw].views.shape == (2, 128, 128, 3) for draw in range(6))


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


def test_more_processes_change_nothing_but_the_time(photos: list[np.ndarray], tmp_path: Path) -> None:
    for workers in (1, 2):
        assert pretrain(_config(workers=workers), photos, tmp_path / str(workers))
    one, two = (read_mini_weights(tmp_path / str(workers) / WEIGHTS) for workers in (1, 2))
    assert one[1]["run"] == two[1]["run"]
    for name, tensor in one[0].items():
        torch.testing.assert_close(two[0][name], tensor, rtol=0, atol=0)


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


def test_the_folder_of_another_run_is_refused(photos: list[np.ndarray], tmp_path: Path) -> None:
    pretrain(_config(), photos, tmp_path, minutes=0)
    with pytest.raises(UserError, match="another"):
        pretrain(_config(seed=1), photos, tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("steps = 0", "steps: Input should be greater than or equal to 1"),
        ("steps = 5\nscenes = 10001", "kept for the stand-in datasets"),
        ("steps = 5\ncounts = [0, 0]", "counts are shares: none is negative and one at least is above zero"),
        ("steps = 5\nfrequencies = {fog = 2}", "frequencies name 'fog'"),
        ("steps = 5\nshares = {}", "shares are shares"),
        ("steps = 5\nshares = {koniq10k = 1}", "there are no levels of 'koniq10k'"),
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


def test_a_share_of_the_start_is_kept(photos: list[np.ndarray], tmp_path: Path) -> None:
    assert pretrain(_config(), photos, tmp_path / "first")
    start = tmp_path / "first" / WEIGHTS
    weights = [read_mini_weights(start)[0]]
    for share in (0, 0.5):
        out = tmp_path / str(share)
        assert pretrain(_config(seed=1, learning_rate=1e-2, start_share=share), photos, out, start=start)
        weights.append(read_mini_weights(out / WEIGHTS)[0])
    before, plain, mixed = (one["backbone.visual.proj"].float() for one in weights)
    assert (plain - before).abs().max() > 1e-2
    torch.testing.assert_close(mixed, (before + plain) / 2, rtol=0, atol=1e-3)
    assert torch.equal(weights[1]["head.weight_logits"], weights[2]["head.weight_logits"])
    with pytest.raises(UserError, match="name them with --from"):
        pretrain(_config(start_share=0.5), photos, tmp_path / "none")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(photos: list[np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ask for cpu or auto"):
        pretrain(_config(device="cuda"), photos, tmp_path)


def test_mistakes_are_refused(photos: list[np.ndarray], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'fog', which no data set of this run has"):
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
