"""Attribute truth: in the bank's order, by pixels, masked where a phrase is linked to no effect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from exiqa.bank.attribute import Attribute
from exiqa.bank.phrases.encoder import minilm_folder
from exiqa.bank.schema import Bank, Provenance
from exiqa.core.errors import UserError
from exiqa.iqadata import attribute_truth, standin
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.pixel_cache import PixelCache

RANKED = {
    "gaussian_blur": (Attribute(phrase="a softening of fine details"), Attribute(phrase="a fluent legend")),
    "white_noise": (Attribute(phrase="a fine random grain"), Attribute(phrase="a loss of fine details")),
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    if minilm_folder() is None:
        pytest.skip("the sentence encoder's package is not installed")
    return standin("mini-csiq", references=2, distortions=list(RANKED))


@pytest.fixture(scope="module")
def bank(dataset: Dataset) -> Bank:
    ranked = dict(zip(dataset.distortions, RANKED.values(), strict=True))
    return Bank(
        name="two", version=1, taxonomy=dataset.taxonomy, ranked=ranked, provenance=Provenance(method="curated")
    )


def test_truth_is_what_is_seen(dataset: Dataset, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    truth = attribute_truth(bank, dataset)
    assert [attribute.phrase for attribute in bank.attributes] == [
        "a softening of fine details", "a fluent legend", "a fine random grain", "a loss of fine details",
    ]  # fmt: skip
    assert truth.values.shape == (len(dataset), 4) and truth.values.dtype == np.float32
    assert 0 <= truth.values.min() <= truth.values.max() <= 1
    assert truth.linked.tolist() == [True, False, True, True]
    assert not truth.values[:, 1].any()
    blurred = (dataset.table["distortion"] == "gaussian_blur").to_numpy()
    levels = dataset.table["level"].to_numpy()
    for column, rows in ((0, blurred), (2, ~blurred)):
        assert spearmanr(truth.values[rows, column], levels[rows]).statistic > 0.8
        assert truth.values[rows, column].mean() > truth.values[~rows, column].mean() + 0.3
    # The label says nothing of it: an attribute of the noise that speaks of details is true of blurred images.
    np.testing.assert_array_equal(truth.values[:, 3], truth.values[:, 0])

    chosen = attribute_truth(bank, replace(dataset, load=PixelCache(dataset.load)), np.array([7, 2]))
    np.testing.assert_array_equal(chosen.values, truth.values[[7, 2]])
    assert truth.hash != chosen.hash
    assert truth.hash == attribute_truth(bank, dataset).hash


def test_without_references_there_is_no_truth(dataset: Dataset, bank: Bank) -> None:
    bare = replace(dataset, load=PixelCache(lambda row: dataset.load(row)))
    with pytest.raises(UserError, match="mini-csiq has no references at hand; effects are measured against them"):
        attribute_truth(bank, bare)
