from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.pixel_cache import PixelCache
from exiqa.model.training.loader import TrainingViews, checked_strengths, sample_order, steps_per_epoch


@settings(max_examples=60, deadline=None)
@given(
    images=st.integers(1, 30),
    crops=st.integers(1, 3),
    batch_size=st.integers(1, 12),
    world=st.integers(1, 4),
    epochs=st.integers(1, 3),
)
def test_the_processes_together_see_every_crop_once_an_epoch(
    images: int, crops: int, batch_size: int, world: int, epochs: int
) -> None:
    rows = np.arange(100, 100 + images)
    steps = epochs * steps_per_epoch(images, crops, batch_size)
    how = {"crops": crops, "batch_size": batch_size, "first_step": 0, "last_step": steps, "seed": 3}
    shares = [list(sample_order(rows, **how, rank=rank, world=world)) for rank in range(world)]  # type: ignore[arg-type]
    alone = list(sample_order(rows, **how, rank=0, world=1))  # type: ignore[arg-type]
    assert {len(share) for share in shares} == {steps}
    seen = []
    for step in range(steps):
        assert len({len(share[step]) for share in shares}) == 1
        together = [sample for share in shares for sample in share[step] if sample[2]]
        assert sorted(together) == sorted(alone[step])
        seen += together
    assert len({draw for _, draw, _ in seen}) == len(seen) == epochs * images * crops
    assert sorted(row for row, _, _ in seen) == sorted(np.repeat(rows, crops * epochs))


def test_the_order_can_be_entered_at_any_step() -> None:
    how = {"crops": 2, "batch_size": 4, "seed": 0, "rank": 0, "world": 1}
    whole = list(sample_order(np.arange(7), **how, first_step=0, last_step=12))  # type: ignore[arg-type]
    for first in range(12):
        assert list(sample_order(np.arange(7), **how, first_step=first, last_step=12)) == whole[first:]  # type: ignore[arg-type]


def _cached(dataset: Dataset, limit_bytes: float) -> Dataset:
    return dataclasses.replace(dataset, load=PixelCache(dataset.load, limit_bytes))


def test_a_crop_depends_on_seed_and_draw_alone(dataset: Dataset) -> None:
    views = [TrainingViews(_cached(dataset, limit), dataset.strengths, "native", 32, 5) for limit in (0, 1e9)]
    assert np.array_equal(views[0][3, 8, 1][0], views[1][3, 8, 1][0])
    assert not np.array_equal(views[0][3, 8, 1][0], views[0][3, 9, 1][0])


def test_strengths_follow_the_banks_order(dataset: Dataset, bank: Bank) -> None:
    np.testing.assert_array_equal(checked_strengths(dataset, ("grey", "blur")), dataset.strengths[:, [2, 0]])
    with pytest.raises(UserError, match="'fog', which toy does not have"):
        checked_strengths(dataset, ("fog",))
    with pytest.raises(UserError, match="outside"):
        checked_strengths(dataclasses.replace(dataset, strengths=dataset.strengths * 2), bank.distortions)
