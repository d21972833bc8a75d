"""Each peer's row: what it gives, which way is better, and what it says where it cannot run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from peer_tasks import quality_task, small_dataset, write_arniqa_weights
from scipy.ndimage import gaussian_filter

from exiqa.bench.methods.method import METHODS, in_row_order
from exiqa.bench.methods.peers import arniqa, piqe, pyiqa_plugin
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.standins.scenes import scene

TOWER = "open_clip:tiny-vit/random"


@pytest.fixture(scope="module", autouse=True)
def _no_weights_of_torch_hub() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TORCH_HOME", raising=False)
        yield


@pytest.fixture(scope="module")
def tiny_tower() -> None:
    """Lets open_clip know a real tower that is small enough for tests."""
    import open_clip

    open_clip.add_model_config(Path(__file__).parents[3] / "model" / "tiny-vit.json")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return small_dataset(references=4)


def photos_of(task: PredictionTask) -> list[np.ndarray]:
    return [task.test.load(int(row)) for row in task.test_split.rows(task.test)[2]]


def test_the_antonym_pair_is_torchmetrics_formula() -> None:
    import torch
    from torch.nn.functional import normalize
    from torchmetrics.functional.multimodal.clip_iqa import _PROMPTS, _clip_iqa_compute

    from exiqa.bench.methods.peers.clip_iqa import PAIR, antonym_score

    assert _PROMPTS["quality"] == PAIR
    generator = torch.Generator().manual_seed(0)
    images, anchors = (normalize(torch.randn(n, 6, generator=generator), dim=-1) for n in (5, 2))
    expected = _clip_iqa_compute(images, anchors, ["quality"])
    assert torch.allclose(antonym_score(images, anchors, 100.0), expected, atol=1e-6)
    # Worked by hand: dot products .1 and -.1 at scale 10 are logits 1 and -1.
    one, pair = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.1, 0.995], [-0.1, 0.995]])
    assert float(antonym_score(one, pair, 10.0)) == pytest.approx(1 / (1 + np.exp(-2)))


def test_clip_iqa_is_the_mean_over_a_photos_crops(tiny_tower: None, dataset: Dataset, tmp_path: Path) -> None:
    import torch
    from torch.nn.functional import normalize

    from exiqa.bench.methods.peers.clip_iqa import predict
    from exiqa.model.backbones.families import load_backbone
    from exiqa.model.preprocess import crops_at, five_places, to_pixels

    task = quality_task("clip_iqa", dataset, tmp_path, backbone=TOWER)
    predicted = predict(task)
    assert predicted.shape == (8,) and ((predicted > 0) & (predicted < 1)).all() and np.ptp(predicted) > 0
    backbone = load_backbone(TOWER)
    with torch.no_grad():
        tokens = backbone.text_tower.inputs(["Good photo.", "Bad photo."])
        good, bad = normalize(backbone.text_tower(tokens), dim=-1)
        views = to_pixels(crops_at(photos_of(task)[0], backbone.image_size, five_places))
        crops = normalize(backbone.visual(backbone.normalise(views)), dim=-1)
        expected = torch.sigmoid(backbone.logit_scale * (crops @ (good - bad))).mean()
    assert predicted[0] == pytest.approx(float(expected), abs=1e-5)


def test_embeddings_are_of_both_scales_and_learn(tiny_tower: None, dataset: Dataset, tmp_path: Path) -> None:
    import torch
    from PIL import Image
    from torch.nn.functional import normalize

    from exiqa.bench.methods.peers import embedding_ridge
    from exiqa.bench.methods.peers.towers import backbone_of, tower_of
    from exiqa.model.preprocess import crops_at, five_places, to_pixels

    task = quality_task("embedding_ridge", dataset, tmp_path, backbone=TOWER)
    predicted = embedding_ridge.predict(task)
    assert predicted.shape == (8,) and np.isfinite(predicted).all() and np.ptp(predicted) > 0
    backbone = backbone_of(task)
    photo = photos_of(task)[0]
    found = embedding_ridge.two_scale_embeddings(photo, tower_of(backbone))
    half = np.asarray(Image.fromarray(photo).resize((photo.shape[1] // 2, photo.shape[0] // 2)))
    with torch.no_grad():
        for scale, columns in zip((photo, half), np.split(found, 2, axis=1), strict=True):
            views = to_pixels(crops_at(scale, backbone.image_size, five_places))
            expected = normalize(backbone.visual(backbone.normalise(views)), dim=-1)
            assert columns == pytest.approx(expected.numpy(), abs=1e-5)


def test_a_tower_has_to_be_named(dataset: Dataset, tmp_path: Path) -> None:
    from exiqa.bench.methods.peers.clip_iqa import predict

    with pytest.raises(UserError, match="clip_iqa needs a backbone, and the cell names none"):
        predict(quality_task("clip_iqa", dataset, tmp_path))


@pytest.mark.skipif(find_spec("pypiqe") is None, reason="pypiqe is not installed")
def test_piqe_is_turned_so_that_higher_is_better(dataset: Dataset, tmp_path: Path) -> None:
    from pypiqe import piqe as original

    photo = scene(1, 64, 80)
    noise = 30 * np.random.default_rng(0).standard_normal(photo.shape)
    noisy = np.clip(photo + noise, 0, 255).astype(np.uint8)
    assert piqe.needs() is None
    assert piqe.piqe_score(photo) > piqe.piqe_score(noisy) > piqe.piqe_score(gaussian_filter(photo, (4, 4, 0)))
    import cv2

    assert piqe.piqe_score(photo)[0] == pytest.approx(1 - original(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))[0] / 100)
    for level in (0, 90):  # uniform photos have the worst score
        assert piqe.piqe_score(np.full((40, 40, 3), level, np.uint8)) == [0]
    task = quality_task("piqe", dataset, tmp_path)
    assert piqe.predict(task) == pytest.approx([piqe.piqe_score(p)[0] for p in photos_of(task)])


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert "ARNIQA.pth" in str(arniqa.needs()) and str(tmp_path) not in str(arniqa.needs())
    for module, needs in (("pypiqe", piqe.needs), ("pyiqa", pyiqa_plugin.needs)):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        monkeypatch.setattr(sys.modules[needs.__module__], "find_spec", lambda name: None)
        assert str(needs()).startswith(f"the package {module}")


def test_arniqa_runs_with_the_weights_where_torch_looks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert arniqa.weights_folder() == Path(torch.hub.get_dir()) / "checkpoints"
    write_arniqa_weights()
    assert arniqa.needs() is None
    tower = arniqa.arniqa_tower()
    assert tower.size == 224 and not tower.visual.training
    found = tower.embed(np.zeros((1, 64, 64, 3), np.uint8))
    assert found.shape == (1, 2048) and float(found.norm()) == pytest.approx(1, abs=1e-5)
    few = small_dataset(references=3)
    predicted = arniqa.predict(quality_task("arniqa", few, tmp_path))
    assert predicted.shape == (8,) and np.isfinite(predicted).all() and np.ptp(predicted) > 0


class FakeMetric:
    """Mean brightness, said to be better when lower."""

    def __init__(self, mode: str) -> None:
        self.metric_mode = mode
        self.lower_better = True

    def __call__(self, pixels: object) -> object:
        assert pixels.shape[:2] == (1, 3) and 0 <= float(pixels.min()) <= float(pixels.max()) <= 1  # type: ignore[attr-defined]
        return pixels.mean().reshape(1, 1)  # type: ignore[attr-defined]


def test_a_metric_of_the_users_pyiqa_is_a_row(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modes = {"dim+": "NR", "lpips": "FR"}
    stand_in = ModuleType("pyiqa")
    stand_in.__dict__.update(
        list_models=lambda: list(modes), create_metric=lambda name, device: FakeMetric(modes[name]),
        __spec__=SimpleNamespace(name="pyiqa"),
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "pyiqa", stand_in)
    monkeypatch.setattr(pyiqa_plugin, "version", lambda name: "0")
    assert pyiqa_plugin.needs() is None
    task = quality_task("pyiqa:dim+", dataset, tmp_path)
    expected = [-photo.mean() / 255 for photo in photos_of(task)]
    assert pyiqa_plugin.predict(task) == pytest.approx(expected, rel=1e-4)
    with pytest.raises(UserError, match="compares with a reference"):
        pyiqa_plugin.predict(quality_task("pyiqa:lpips", dataset, tmp_path))
    with pytest.raises(UserError, match="has no metric 'musiq'"):
        pyiqa_plugin.predict(quality_task("pyiqa:musiq", dataset, tmp_path))


def test_rows_of_pyiqa_are_known_without_it_and_stand_last() -> None:
    method = METHODS["pyiqa:clipiqa+_rn50-512"]
    assert method.label == "clipiqa+_rn50-512 (pyiqa)" and method.kind == "peer" and "pyiqa:musiq" in METHODS
    for name in ("pyiqa:", "pyiqa:<b>", "pyiqa:../x", "musiq"):
        assert name not in METHODS
        with pytest.raises(UserError, match="no method"):
            METHODS[name]
    assert in_row_order(["pyiqa:b", "exiqa", "pyiqa:a", "all_clean", "exiqa"]) == [
        "all_clean", "exiqa", "pyiqa:a", "pyiqa:b",
    ]  # fmt: skip
