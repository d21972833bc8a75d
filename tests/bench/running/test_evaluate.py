"""From predictions to records: held-out rows only, figures that can be taken again from the stored predictions."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from exiqa.bench.cells.record import Cell, read_predictions, read_records, write_record
from exiqa.bench.methods.baselines.all_clean import all_clean
from exiqa.bench.methods.baselines.mean_score import mean_score
from exiqa.bench.methods.baselines.prior import prior
from exiqa.bench.metrics import bootstrap
from exiqa.bench.metrics.bootstrap import INTERVAL_VERSION
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import Predictions
from exiqa.bench.metrics.registry import metrics_of
from exiqa.bench.running.evaluate import TrainedOn, evaluate
from exiqa.bench.running.rescore import rescored
from exiqa.iqadata.datasets.splits import make_split


def _cell(protocol: str, method: str, seed: int = 3) -> Cell:
    train = "other" if protocol == "zero_shot" else "tiny"
    return Cell(protocol=protocol, method=method, train=train, test="tiny", split="70/10/20", seed=seed)


def test_strengths_are_scored_on_the_held_out_rows(dataset, tmp_path):
    split = make_split(dataset, seed=3)
    train, _, test = split.rows(dataset)
    predicted = prior(dataset.strengths[train], len(test))
    record, frame = evaluate(_cell("identification", "prior"), dataset, split, predicted, seconds=0.5)
    # One of two distortions at levels .2 … 1: means .3, so errors .3 on the five clean pairs and spread on the others.
    expected = np.sqrt(np.mean([*[0.3**2] * 5, *[(level - 0.3) ** 2 for level in (0.2, 0.4, 0.6, 0.8, 1.0)]]))
    assert record.metrics["rmse"] == pytest.approx(expected, abs=1e-6)
    assert set(frame["reference"]) == set(split.test)
    assert record.testset.images == len(test) == 20
    assert record.testset.references == 2
    assert record.testset.score_is_proxy
    assert record.hashes.split == split.hash
    assert record.hashes.dataset == dataset.hash
    assert record.packages["numpy"] == np.__version__
    metrics = metrics_of("identification")
    of_metrics = {f"metric {name}": 1 for name in metrics}
    assert record.versions == {"method prior": 1, "splits": 1, **of_metrics, "metric intervals": INTERVAL_VERSION}
    # The image's own column: means .3 against the five levels of its five images, and five clean images beside them.
    noise = record.per_distortion["noise"]
    assert noise["rmse"] == pytest.approx(expected, abs=1e-6)
    assert noise["active_accuracy"] == 0.2 or noise["active_accuracy"] == 0.0
    assert noise["top1"] == 0.5
    assert set(record.intervals.values()) == {None}  # two test references

    write_record(tmp_path, record, frame)
    (read,) = read_records(tmp_path)
    stored = read_predictions(tmp_path, read)
    columns = [[f"{side}:{d}" for d in read.testset.distortions] for side in ("predicted", "true")]
    values, _ = measure(
        metrics_of("identification"),
        Predictions(stored[columns[0]].to_numpy(), stored[columns[1]].to_numpy(), read.testset.levels),
    )
    assert values == read.metrics


def test_scores_and_what_a_constant_leaves_undefined(dataset):
    split = make_split(dataset, seed=3)
    train, _, test = split.rows(dataset)
    truth = dataset.scores[test]
    record, frame = evaluate(_cell("quality", "exiqa"), dataset, split, 0.5 * truth + 0.1, seconds=1)
    assert record.metrics["plcc"] == pytest.approx(1)
    assert record.metrics["srcc"] == pytest.approx(1)
    np.testing.assert_array_equal(frame["true"], truth)
    assert list(record.per_distortion) == ["blur", "noise"]
    assert record.per_distortion["blur"]["srcc"] == pytest.approx(1)

    constant = mean_score(dataset.scores[train], len(test))
    record, _ = evaluate(_cell("quality", "mean_score"), dataset, split, constant, seconds=1)
    assert record.metrics["srcc"] is None
    assert "constant" in record.undefined["srcc"]
    assert record.metrics["score_rmse"] is not None


def test_scores_on_a_scale_of_their_own_have_correlations_and_no_rmse(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "MIN_REFERENCES", 2)
    split = make_split(dataset, seed=3)
    truth = dataset.scores[split.rows(dataset)[2]]
    record, frame = evaluate(_cell("quality", "pyiqa:musiq"), dataset, split, 100 * truth, seconds=0)
    assert record.metrics["srcc"] == pytest.approx(1) and record.metrics["score_rmse"] is None
    assert set(record.undefined) == {"plcc_logistic", "score_rmse"} and "own scale" in record.undefined["score_rmse"]
    assert record.intervals["score_rmse"] is None and record.intervals["srcc"] is not None
    assert all(figures["score_rmse"] is None for figures in record.per_distortion.values())
    write_record(tmp_path, record, frame)
    (read,) = read_records(tmp_path)
    assert rescored(tmp_path, read) == read


def test_a_figure_of_many_banks_is_the_median_over_them(dataset, tmp_path):
    split = make_split(dataset, seed=3)
    truth = dataset.scores[split.rows(dataset)[2]]
    noise = np.random.default_rng(0).normal(0, 0.1, (3, len(truth)))
    predicted = truth + np.array([[0], [1], [2]]) * noise
    cell = _cell("quality", "random_banks")
    settings = {"draws": 3, "tuning": {"mode": "frozen"}}
    record, frame = evaluate(cell, dataset, split, predicted, seconds=1, settings=settings)
    of_each = [measure(metrics_of("quality"), Predictions(one.astype(np.float32), truth))[0] for one in predicted]
    assert [draw.metrics for draw in record.draws] == of_each
    assert record.metrics["srcc"] == of_each[1]["srcc"] and record.metrics["score_rmse"] == of_each[1]["score_rmse"]
    assert record.undefined.keys() == {"plcc_logistic"}  # 20 images
    assert record.intervals == record.per_distortion == {} and record.settings == settings
    write_record(tmp_path, record, frame)
    (read,) = read_records(tmp_path)
    assert read.draws == record.draws and rescored(tmp_path, read) == read

    strengths = np.stack([np.clip(dataset.strengths[split.rows(dataset)[2]] + shift, 0, 1) for shift in (0.0, 0.3)])
    record, frame = evaluate(_cell("identification", "random_banks"), dataset, split, strengths, seconds=1)
    assert [draw.metrics["accuracy"] == 1 for draw in record.draws] == [True, False]
    assert {"predicted 0:blur", "predicted 1:noise"} <= set(frame)
    with pytest.raises(ValueError, match="have the shape"):
        evaluate(cell, dataset, split, predicted[0], seconds=1)


def test_missing_scores_are_said_and_not_dropped(dataset):
    table = dataset.table.assign(score=dataset.table["score"].where(dataset.table["level"] < 5))
    split = make_split(dataset, seed=3)
    rows = split.rows(dataset)[2]
    record, _ = evaluate(
        _cell("quality", "exiqa"), dataclasses.replace(dataset, table=table), split, np.zeros(len(rows)), seconds=1
    )
    assert set(record.metrics.values()) == {None}
    assert record.undefined["score_rmse"] == "4 of 20 true scores are NaN or infinite"


def test_a_cell_that_describes_something_else_is_refused(dataset):
    split = make_split(dataset, seed=3)
    predicted = all_clean(20, 2)
    for cell in (_cell("quality", "exiqa"), _cell("identification", "prior", seed=4)):
        with pytest.raises(ValueError, match="the cell says"):
            evaluate(cell, dataset, split, predicted, seconds=1)


def test_between_two_data_sets_both_are_named_and_hashed(dataset):
    other = dataclasses.replace(dataset, name="other")
    split, trained = make_split(dataset, seed=3), TrainedOn(other, make_split(other, seed=3), None, shared_references=2)
    cell = _cell("zero_shot", "mean_score")
    predicted = np.linspace(0, 1, 20)
    record, _ = evaluate(cell, dataset, split, predicted, seconds=1, trained=trained)
    assert record.hashes.train_dataset == other.hash
    assert record.hashes.train_split == trained.split.hash
    assert record.shared_references == 2
    with pytest.raises(ValueError, match="the cell says"):
        evaluate(cell, dataset, split, predicted, seconds=1)
