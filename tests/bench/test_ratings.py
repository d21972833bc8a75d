"""Answers to ratings: what is linked speaks, with its sign; records, and a set that is rated in part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from authentic_trees import build_koniq10k, build_spaq, shrink_photo_counts
from scipy.stats import spearmanr

from exiqa.bank.linking.effects import ABSENT, EFFECTS, PRESENT, Claim
from exiqa.bench.cells.rated import of_what_was_rated
from exiqa.bench.cells.record import Cell
from exiqa.bench.methods.ratings import RATINGS, rating_signs
from exiqa.bench.metrics.ratings import rating_correlations
from exiqa.bench.running.evaluate import evaluate
from exiqa.bench.tables.attributes.ratings import rating_tables
from exiqa.iqadata.catalog.loading import load_dataset
from exiqa.iqadata.datasets.specs.authentic import koniq10k, spaq
from exiqa.iqadata.datasets.splits import make_split


def test_every_rating_of_a_set_is_spoken_of_by_effects_that_there_are() -> None:
    rated = {column.casefold() for column in spaq.RATED} | set(koniq10k.RATED.values())
    assert rated <= set(RATINGS)
    assert all(claim.effect in EFFECTS for claims in RATINGS.values() for claim in claims)


def test_what_denies_a_rating_counts_against_it() -> None:
    claims = [(Claim("blur", PRESENT),), (Claim("blur", ABSENT),), (Claim("veil", PRESENT), Claim("blur", PRESENT)), ()]
    assert rating_signs(claims, "sharpness").tolist() == [-1, 1, -1, 0]
    assert rating_signs(claims, "blur").tolist() == [1, -1, 1, 0]
    assert rating_signs(claims, "brightness").tolist() == [0, 0, 0, 0]


def test_correlations_are_scipys_over_those_that_were_rated() -> None:
    rng = np.random.default_rng(0)
    predicted, truth = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    truth[::2, 0] = np.nan
    predicted[:, 2] = 0
    first, second, constant = rating_correlations(predicted, truth)
    assert first == pytest.approx(spearmanr(predicted[1::2, 0], truth[1::2, 0]).statistic)
    assert second == pytest.approx(spearmanr(predicted[:, 1], truth[:, 1]).statistic)
    assert constant is None


@pytest.mark.parametrize(("name", "build"), [("spaq", build_spaq), ("koniq10k", build_koniq10k)])
def test_a_set_with_ratings_gives_a_record_and_a_table(name: str, build, tmp_path: Path, monkeypatch) -> None:
    shrink_photo_counts(monkeypatch, 3)
    build(tmp_path, references=3)
    dataset = load_dataset(name, tmp_path)
    assert dataset.ratings is not None
    ratings = list(dataset.ratings.columns)
    split = make_split(dataset, 0)
    rows = split.rows(dataset)[2]
    rng = np.random.default_rng(1)
    answers = np.nan_to_num(dataset.ratings.to_numpy(float)[rows]) + rng.normal(0, 1e-3, (len(rows), len(ratings)))
    cell = Cell(
        protocol="attributes", method="exiqa", train=name, test=name, split="70/10/20", seed=0,
        strength_map=dataset.strength_map,
    )  # fmt: skip
    record, frame = evaluate(cell, dataset, split, answers, seconds=1)
    rated = np.isfinite(dataset.ratings.to_numpy(float)[rows]).all(axis=1)
    assert len(frame) == rated.sum() > 3
    assert set(record.per_rating) == set(ratings)
    if name == "koniq10k":  # all of its made copy have one contrast: no mean is taken over the rest
        assert record.per_rating["contrast"] is None and record.metrics["rating_srcc"] is None
    else:
        assert min(value for value in record.per_rating.values() if value is not None) > 0.99
        assert record.metrics["rating_srcc"] == pytest.approx(np.mean(list(record.per_rating.values())))
    table = rating_tables([record])[0]
    assert [column.label for column in table.columns] == [*ratings, "Mean"]
    assert [entry.median for entry in table.groups[0].rows[0].entries] == [
        *record.per_rating.values(), record.metrics["rating_srcc"],
    ]  # fmt: skip


def test_frames_of_a_video_count_once() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "image": [f"v{v}#{n}" for v in range(3) for n in range(4)],
            "reference": [f"v{v}" for v in range(3) for _ in range(4)],
            "distortion": "smoke",
            "true": np.repeat([0.1, 0.5, 0.9], 4),
            "predicted": [0.0, 0.2, 0.1, 0.1, 0.9, 0.1, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4],
            "rated": np.repeat(["a", "b", "c"], 4),
        }
    )
    videos = of_what_was_rated(frame)
    assert videos["predicted"].tolist() == pytest.approx([0.1, 0.5, 0.4])
    assert videos["true"].tolist() == [0.1, 0.5, 0.9]
    assert len(of_what_was_rated(frame.drop(columns="rated"))) == 12
