"""Of the model that ships: photos like those it learned from are seen, pictures that are no photos are outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from non_photos import KINDS

from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.regressors.reach import fit_reach
from exiqa.model.training.features import extract_features

PHOTOS = 450
EACH = 10


def test_screenshots_drawings_and_noise_are_outside_and_held_out_photos_are_not(test_data: Path) -> None:
    dataset = load_dataset("biq2021", test_data / "biq2021")
    rows = np.random.default_rng(0).permutation(len(dataset))[:PHOTOS]
    artifact = Artifact.from_pretrained("exiqa-mini")
    attributes = extract_features(artifact, dataset, rows)
    reach = fit_reach(attributes[:200], attributes[200:350], np.zeros(150))
    assert reach is not None
    # At most 5 % of all such photos; of these hundred two standard errors more.
    assert reach.outside(attributes[350:]).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 100)
    outside = {
        kind: float(reach.outside(artifact.predict([make(number) for number in range(EACH)]).attributes).mean())
        for kind, make in KINDS.items()
    }
    assert np.mean(list(outside.values())) >= 0.8, outside
