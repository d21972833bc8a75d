from __future__ import annotations

import math

import pytest
import torch

from exiqa.model.schedule import learning_rate


def test_warm_up_is_linear_and_the_cosine_ends_near_zero() -> None:
    rates = [learning_rate(step, steps=100, warmup=20, peak=2e-3) for step in range(100)]
    assert rates[:20] == pytest.approx([2e-3 * (i + 1) / 20 for i in range(20)])
    assert rates[60] == pytest.approx(1e-3)
    assert rates[99] == pytest.approx(2e-3 * 0.5 * (1 + math.cos(math.pi * 79 / 80)))
    assert max(rates) == 2e-3


def test_without_warm_up_it_is_torchs_cosine() -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    oracle = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=30)
    for step in range(30):
        assert learning_rate(step, steps=30, warmup=0, peak=0.5) == pytest.approx(oracle.get_last_lr()[0])
        optimiser.step()
        oracle.step()
