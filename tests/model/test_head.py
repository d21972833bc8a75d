from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import log_loss

from exiqa.model.head import (
    EPSILON,
    AttributeHead,
    attribute_logits,
    distortion_loss,
    distortion_probability,
    photo_attributes,
    text_directions,
)

MEMBERSHIP = torch.tensor([[True, False], [True, True], [False, True]])


def test_equation_6_against_a_hand_worked_number() -> None:
    # cos(image, positive) = .6, cos(image, negative) = .8, scale 5: softmax of (3, 4) = 1 / (1 + e).
    image = torch.tensor([[2.0, 0.0]])
    positive, negative = torch.tensor([[0.6, 0.8]]), torch.tensor([[1.6, 1.2]])
    logits = attribute_logits(image, text_directions(positive, negative), 5.0)
    assert torch.sigmoid(logits).item() == pytest.approx(1 / (1 + math.e), abs=1e-6)


def test_equation_6_is_the_softmax_over_the_pair() -> None:
    rng = np.random.default_rng(0)
    image, positive, negative = (rng.standard_normal((n, 8)) for n in (4, 3, 3))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (image, positive, negative)]
    pair = np.exp(7 * np.stack([unit[0] @ unit[1].T, unit[0] @ unit[2].T]))
    directions = text_directions(torch.from_numpy(positive), torch.from_numpy(negative))
    ours = torch.sigmoid(attribute_logits(torch.from_numpy(image), directions, 7.0)).numpy()
    np.testing.assert_allclose(ours, pair[0] / pair.sum(axis=0), atol=1e-6)


def test_equation_7_against_a_hand_worked_number() -> None:
    weights = torch.tensor([[0.25, 0.0], [0.75, 0.5], [0.0, 0.5]])
    strengths = distortion_probability(torch.tensor([[0.2, 0.6, 1.0]]), weights)
    assert strengths.tolist() == [pytest.approx([0.5, 0.8])]


def test_equation_7_is_clamped() -> None:
    strengths = distortion_probability(torch.tensor([[0.0], [1.0]]), torch.ones(1, 1))
    assert strengths[:, 0].tolist() == pytest.approx([EPSILON, 1 - EPSILON], rel=1e-2)


def test_equation_8_against_a_hand_worked_number() -> None:
    # P = (.8, .5) against strengths (1, .2): -(ln .8 + ln .5) / 2.
    logits = torch.tensor([[math.log(4.0), 0.0]])
    loss = distortion_loss(logits, torch.eye(2), torch.tensor([[1.0, 0.2]]))
    assert loss.item() == pytest.approx(-(math.log(0.8) + math.log(0.5)) / 2, abs=1e-6)


def test_equation_8_against_sklearn() -> None:
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((6, 3)) * 4
    weights = rng.dirichlet(np.ones(3), size=4).T
    truth = rng.integers(0, 2, (6, 4))
    expected = np.mean([log_loss(truth[:, d], (expit(logits) @ weights)[:, d], labels=[0, 1]) for d in range(4)])
    ours = distortion_loss(*(torch.from_numpy(np.asarray(x, dtype=np.float32)) for x in (logits, weights, truth)))
    assert ours.mean().item() == pytest.approx(expected, rel=1e-5)


def test_distortions_that_are_not_known_are_left_out_of_the_loss() -> None:
    torch.manual_seed(1)
    logits, strengths = torch.randn(4, 3), torch.rand(4, 2)
    weights = AttributeHead(MEMBERSHIP, logit_scale=1.0).weights().detach()
    known = torch.tensor([[True, False], [True, True], [False, True], [True, False]])
    each = torch.stack([distortion_loss(logits, weights[:, [d]], strengths[:, [d]]) for d in range(2)], dim=1)
    expected = [each[row][known[row]].mean().item() for row in range(4)]
    assert distortion_loss(logits, weights, strengths, known).tolist() == pytest.approx(expected, rel=1e-5)


def test_gradients_against_finite_differences() -> None:
    torch.manual_seed(0)
    head = AttributeHead(MEMBERSHIP, logit_scale=6.0, learn_logit_scale=True)
    image, directions = torch.randn(4, 5, requires_grad=True), torch.randn(3, 5)
    truth = torch.rand(4, 2)
    with torch.no_grad():
        head.weight_logits.normal_()

    def loss() -> torch.Tensor:
        return distortion_loss(attribute_logits(image, directions, head.logit_scale), head.weights(), truth).mean()

    loss().backward()
    for tensor in (image, head.log_scale, head.weight_logits):
        flat, gradient = tensor.data.view(-1), tensor.grad.view(-1)  # type: ignore[union-attr]
        for i in range(len(flat)):
            step, value = 1e-2, flat[i].item()
            flat[i] = value + step
            above = loss().item()
            flat[i] = value - step
            below = loss().item()
            flat[i] = value
            assert gradient[i].item() == pytest.approx((above - below) / (2 * step), abs=2e-3)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_bfloat16_autocast_with_logits_of_20(sign: float, truth: float) -> None:
    # In bfloat16 sigmoid(20) is 1 and its logarithm's complement -inf; the loss must stay finite and exact.
    embedding = torch.tensor([[sign, 0.0]], dtype=torch.bfloat16, requires_grad=True)
    directions = torch.tensor([[1.0, 0.5]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = attribute_logits(embedding, directions, 20.0)
        loss = distortion_loss(logits, torch.ones(1, 1), torch.tensor([[truth]]))
        strengths = distortion_probability(torch.sigmoid(logits), torch.ones(1, 1))
    assert logits.dtype == loss.dtype == strengths.dtype == torch.float32
    assert logits.item() == pytest.approx(20 * sign)
    wrong = (sign > 0) != (truth == 1)
    assert loss.item() == pytest.approx(-math.log(EPSILON) if wrong else 0, abs=1e-4)
    assert 0 < strengths.item() < 1
    loss.sum().backward()
    assert embedding.grad is not None and torch.isfinite(embedding.grad).all()
    # A saturated wrong prediction still gets a gradient that mends it; a right one gets none worth the name.
    slope = embedding.grad[0, 1].item()
    assert (slope * (1 if truth == 0 else -1) > 1) if wrong else abs(slope) < 1e-3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-30, 30, width=32), min_size=6, max_size=6))
def test_weights_are_a_simplex_over_the_members(values: list[float]) -> None:
    head = AttributeHead(MEMBERSHIP, logit_scale=1.0)
    with torch.no_grad():
        head.weight_logits.copy_(torch.tensor(values).view(3, 2))
    weights = head.weights()
    assert (weights >= 0).all()
    assert (weights[~MEMBERSHIP] == 0).all()
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(2))


def test_weights_start_uniform() -> None:
    assert AttributeHead(MEMBERSHIP, 1.0).weights().tolist() == [[0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]


def test_a_photos_attributes_are_the_mean_over_its_views() -> None:
    rng = torch.Generator().manual_seed(0)
    embeddings, directions = torch.randn(2, 5, 8, generator=rng), torch.randn(3, 8, generator=rng)
    photos = photo_attributes(embeddings, directions, 7.0)
    assert photos.shape == (2, 3)
    for photo, views in zip(photos, embeddings, strict=True):
        unit = (views / views.norm(dim=1, keepdim=True)).double().numpy()
        expected = expit(7 * unit @ directions.double().numpy().T).mean(axis=0)
        np.testing.assert_allclose(photo.numpy(), expected, atol=1e-6)
