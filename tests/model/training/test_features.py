from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from exiqa.bank.schema import Bank
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.attribute_model import AttributeModel
from exiqa.model.backbones.families import load_backbone
from exiqa.model.config import Tuning
from exiqa.model.training.features import extract_features


@pytest.fixture
def artifact(bank: Bank) -> Artifact:
    return Artifact(AttributeModel(load_backbone("open_clip:tiny-vit/random"), bank, Tuning(mode="frozen")), "native")


def test_features_are_extracted_once_an_image(
    artifact: Artifact, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen: list[np.ndarray] = []
    predict = Artifact.predict

    def counting(self: Artifact, images: Iterable[np.ndarray], **how: Any) -> Any:
        images = list(images)
        seen.extend(images)
        return predict(self, images, **how)

    monkeypatch.setattr(Artifact, "predict", counting)
    done: list[int] = []
    first = extract_features(artifact, dataset, np.array([4, 1, 4]), done.append)
    assert first.shape == (3, 6) and done == [3] and len(seen) == 2
    np.testing.assert_array_equal(first[0], first[2])
    second = extract_features(artifact, dataset, np.array([1, 2]))
    assert len(seen) == 3
    np.testing.assert_array_equal(second[0], first[1])
    np.testing.assert_allclose(second, predict(artifact, [dataset.load(1), dataset.load(2)]).attributes, atol=1e-6)
    # Another picture under the same row number, and another artifact: both are new.
    other = dataclasses.replace(dataset, load=lambda row: dataset.load(row)[::-1].copy())
    extract_features(artifact, other, np.array([1]))
    extract_features(artifact.with_bank(artifact.bank.top(1)), dataset, np.array([1]))
    assert len(seen) == 5
    assert extract_features(artifact, dataset, np.array([], dtype=int)).shape == (0, 6)
