"""The effects of a dataset: against its references, kept by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from exiqa.core.errors import UserError
from exiqa.core.vector_cache import VectorCache
from exiqa.iqadata import standin
from exiqa.iqadata.datasets.combine import combine
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.effects import effect_values
from exiqa.iqadata.effects import EFFECTS, cached, measure_effects


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return standin("mini-csiq", references=2)


def test_rows_are_measured_against_their_own_references(dataset: Dataset, tmp_path: Path) -> None:
    rows = np.array([len(dataset) - 1, 0, 0])
    values = effect_values(dataset, rows, VectorCache(tmp_path / "effects.sqlite"))
    assert values.shape == (3, len(EFFECTS)) and values.dtype == np.float32
    np.testing.assert_array_equal(values[1], values[2])
    for row, found in zip(rows, values, strict=True):
        reference = dataset.reference(dataset.table["reference"][row])
        np.testing.assert_array_equal(found, measure_effects(reference, dataset.load(int(row))).values)


def test_what_was_measured_is_not_measured_again(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VectorCache(tmp_path / "effects.sqlite")
    seen: list[int] = []
    first = effect_values(dataset, np.arange(4), cache, seen.append)
    assert seen[-1] == 4
    monkeypatch.delattr(cached, "measure_effects")
    np.testing.assert_array_equal(effect_values(dataset, np.arange(4), cache), first)


def test_a_dataset_gives_the_visibility_of_all_its_images(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    few = replace(dataset, table=dataset.table.iloc[:3], strengths=dataset.strengths[:3])
    effects = few.effects
    assert effects.shape == (3, len(EFFECTS)) and 0 <= effects.min() <= effects.max() <= 1
    other = standin("mini-live", references=1)
    both = combine("both", [few, replace(other, table=other.table.iloc[:2], strengths=other.strengths[:2])])
    np.testing.assert_array_equal(both.effects[:3], effects)


def test_a_dataset_without_references_is_refused(dataset: Dataset) -> None:
    with pytest.raises(UserError, match="mini-csiq has no references at hand"):
        effect_values(replace(dataset, load=lambda row: dataset.load(row)))
