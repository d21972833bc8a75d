"""`exiqa.metric.ExIQA`: what `assess` says, as a torchmetrics metric that gradients pass through."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import Tensor
from torchmetrics import MetricCollection

import exiqa
from exiqa.core.errors import UserError
from exiqa.iqadata.photos import read_packaged_photo
from exiqa.metric import ExIQA


@pytest.fixture(scope="module")
def metric() -> ExIQA:
    return ExIQA()


@pytest.fixture(autouse=True)
def _without_images(metric: ExIQA) -> None:
    metric.reset()


def _crop(name: str, height: int, width: int) -> np.ndarray:
    return np.ascontiguousarray(read_packaged_photo(name)[:height, :width])


def _tensor(*photos: np.ndarray) -> Tensor:
    return torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize("shape", [(200, 300), (128, 128), (90, 140), (60, 50)])
def test_values_are_those_of_assess(metric: ExIQA, shape: tuple[int, int]) -> None:
    photos = [_crop(name, *shape) for name in ("coffee", "china")]
    expected = exiqa.load().assess(photos).to_frame()["score"].to_numpy()
    scores = metric.scores(_tensor(*photos))
    np.testing.assert_allclose(scores.numpy(), expected, atol=1e-4)
    assert float(metric(_tensor(*photos))) == pytest.approx(expected.mean(), abs=1e-4)


def test_it_is_the_mean_over_all_images_of_all_batches(metric: ExIQA) -> None:
    photos = _tensor(*(_crop(name, 128, 128) for name in ("coffee", "china", "rocket")))
    assert metric.higher_is_better and metric.is_differentiable
    metric.update(photos[:1])
    metric.update(photos[1:])
    assert float(metric.compute()) == pytest.approx(float(metric.scores(photos).mean()), abs=1e-6)
    assert not metric.compute().requires_grad
    other = pickle.loads(pickle.dumps(metric))
    assert float(other.compute()) == pytest.approx(float(metric.compute()))
    collected = MetricCollection({"quality": metric})(photos)
    assert float(collected["quality"]) == pytest.approx(float(metric.scores(photos).mean()), abs=1e-6)


def test_gradients_reach_the_pixels_and_nothing_else(metric: ExIQA) -> None:
    image = _tensor(_crop("coffee", 130, 150)).requires_grad_()
    metric.train()  # as a training loop does with all its modules
    score = metric(image)
    assert float(score) == pytest.approx(float(metric(image.detach()))), "no dropout"
    score.backward()
    assert image.grad is not None and all(parameter.grad is None for parameter in metric.parameters())
    # Against a central difference along the gradient's own direction.
    step = image.grad / image.grad.norm()
    size = 2e-4  # the tower is steep: over longer steps it bends
    with torch.no_grad():
        rise = float(metric.scores(image + size * step) - metric.scores(image - size * step)) / (2 * size)
    assert rise == pytest.approx(float(image.grad.norm()), rel=0.05)


def test_a_model_that_is_not_frozen_is_trained_too() -> None:
    metric = ExIQA(frozen=False)
    metric(_tensor(_crop("coffee", 128, 128))).backward()
    assert all(parameter.grad is not None for parameter in metric.scores.model.regressor.parameters())


@pytest.mark.parametrize(
    "images", [torch.zeros(3, 8, 8), torch.zeros(1, 1, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.uint8)]
)
def test_what_are_no_images_is_one_sentence(metric: ExIQA, images: Tensor) -> None:
    with pytest.raises(UserError, match=r"give \(N, 3, H, W\) RGB"):
        metric(images)
    with pytest.raises(UserError, match=r"values up to 200; give RGB in \[0, 1\]"):
        metric(torch.full((1, 3, 32, 32), 200.0))
    with pytest.raises(UserError, match="there is no artifact"):
        ExIQA("./nowhere")
