"""What peers learn from, how their settings are chosen, and that they learn from scores and not from leaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from peer_tasks import Pixels, quality_task, small_dataset, with_shuffled_scores
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR

from exiqa.bench.methods.peers import brisque_svr
from exiqa.bench.methods.peers.embedding_ridge import ridge
from exiqa.bench.methods.peers.features import cached_features
from exiqa.bench.methods.peers.fitting import fit_and_predict, training_data
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return small_dataset()


def srcc_of(task: PredictionTask, predicted: np.ndarray) -> float:
    rows = task.test_split.rows(task.test)[2]
    assert predicted.shape == (len(rows),) and predicted.dtype == np.float32
    return float(spearmanr(predicted, task.test.scores[rows]).statistic)


def test_table_three_and_five_learn_from_the_test_set_and_zero_shot_from_the_other(
    dataset: Dataset, tmp_path: Path
) -> None:
    other = small_dataset("other", first_scene=50)
    train, validation, test = quality_task("brisque_svr", dataset, tmp_path).test_split.rows(dataset)
    for task in (
        quality_task("brisque_svr", dataset, tmp_path),
        quality_task("brisque_svr", dataset, tmp_path, train=other),
    ):
        data = training_data(task)
        assert data.dataset is dataset
        assert data.rows.tolist() == [*train, *validation] and not set(data.rows) & set(test)
        assert data.rows[data.is_training].tolist() == train.tolist()
    carried = training_data(quality_task("brisque_svr", dataset, tmp_path, train=other, protocol="zero_shot"))
    assert carried.dataset is other


def test_a_missing_score_is_said(dataset: Dataset, tmp_path: Path) -> None:
    table = dataset.table.assign(score=np.nan)
    with pytest.raises(UserError, match="small has images without a quality score"):
        training_data(quality_task("brisque_svr", replace(dataset, table=table), tmp_path))


def test_the_setting_is_chosen_on_validation_and_fitted_to_training_alone(dataset: Dataset, tmp_path: Path) -> None:
    data = training_data(quality_task("brisque_svr", dataset, tmp_path))
    features = np.stack([np.arange(len(data.rows)), data.scores], axis=1)  # row in the data, true score
    fitted: list[tuple[list[str], set[int]]] = []

    def predictor(settings: object, x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
        fitted.append((list(settings), {int(row) for row in x[:, 0]}))  # type: ignore[call-overload]
        assert np.array_equal(y, x[:, 1])
        by_name = {"wrong": -new[:, 1], "constant": 0 * new[:, 1], "right": new[:, 1], "as right": 2 * new[:, 1]}
        return np.stack([by_name[name] for name in settings])  # type: ignore[attr-defined]

    settings = ["wrong", "constant", "right", "as right"]
    new = np.array([[0, 0.25], [0, 0.75]])
    assert fit_and_predict(data, features, settings, predictor, new).tolist() == [0.25, 0.75]
    training = set(np.flatnonzero(data.is_training).tolist())
    assert fitted == [(settings, training), (["right"], training)]


def test_without_a_validation_side_references_are_held_out_in_turn(dataset: Dataset, tmp_path: Path) -> None:
    data = training_data(quality_task("brisque_svr", dataset, tmp_path, ratio="80/20"))
    assert data.is_training.all()
    references = dataset.table["reference"].to_numpy()[data.rows]
    held_out: list[str] = []

    def predictor(settings: object, x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
        fit, check = set(references[x[:, 0].astype(int)]), set(references[new[:, 0].astype(int)])
        if len(fit) < len(set(references)):
            assert not fit & check
            held_out.extend(sorted(check))
        return new[None, :, 0]

    places = np.arange(len(data.rows), dtype=float)[:, None]
    fit_and_predict(data, places, ["only"], predictor, places)
    assert sorted(held_out) == sorted(set(references))
    alone = quality_task("brisque_svr", small_dataset("two", references=2), tmp_path, ratio="80/20")
    with pytest.raises(UserError, match="one training reference and no validation side"):
        fit_and_predict(training_data(alone), places[:8], ["only"], predictor, places)


def test_ridge_is_scikit_learns_for_every_alpha() -> None:
    random = np.random.default_rng(0)
    x, y, new = random.random((7, 5, 4)).astype(np.float32), random.random(7), random.random((3, 5, 4))
    alphas = (100.0, 1.0, 1e-3)
    found = ridge(alphas, x, y, new)
    for alpha, row in zip(alphas, found, strict=True):
        model = Ridge(alpha=alpha).fit(x.reshape(35, 4), np.repeat(y, 5))
        expected = model.predict(new.reshape(15, 4)).reshape(3, 5).mean(axis=1)
        assert row == pytest.approx(expected, abs=1e-6)
    assert ridge((1.0,), x, y, new)[0] == pytest.approx(found[1])


def test_svr_scales_by_what_it_is_fitted_to() -> None:
    random = np.random.default_rng(0)
    x, y, new = random.random((20, 36)) * 50, random.random(20), random.random((4, 36)) * 80
    scaler = MinMaxScaler((-1, 1)).fit(x)
    expected = SVR(C=4, gamma=0.05, epsilon=0.01).fit(scaler.transform(x), y).predict(scaler.transform(new))
    assert brisque_svr.svr([(4.0, 0.05)], x, y, new)[0] == pytest.approx(expected)


@pytest.mark.parametrize("protocol", ["quality", "zero_shot"])
def test_brisque_learns_scores_of_photos_it_never_saw(dataset: Dataset, tmp_path: Path, protocol: str) -> None:
    train = dataset if protocol == "quality" else small_dataset("other", first_scene=50)
    task = quality_task("brisque_svr", dataset, tmp_path, train=train, protocol=protocol)
    assert srcc_of(task, brisque_svr.predict(task)) > 0.8


def test_brisque_learns_nothing_from_shuffled_scores(dataset: Dataset, tmp_path: Path) -> None:
    found = []
    for seed in range(4):
        task = quality_task("brisque_svr", with_shuffled_scores(dataset, seed), tmp_path)
        found.append(srcc_of(task, brisque_svr.predict(task)))
    assert abs(np.nanmean(found)) < 0.3


def test_features_are_computed_once_for_all_cells() -> None:
    dataset = small_dataset("own", references=2, first_scene=90)
    calls: list[int] = []

    def extract(photo: np.ndarray) -> np.ndarray:
        calls.append(1)
        return np.array([photo.mean(), photo.std()])

    first = cached_features(dataset, np.array([3, 1, 1, 0]), "test 1", extract)
    assert len(calls) == 3 and first.shape == (4, 2) and first.dtype == np.float32
    pixels = dataset.load
    assert isinstance(pixels, Pixels)
    assert first[0] == pytest.approx([pixels(3).mean(), pixels(3).std()])
    again = cached_features(dataset, np.array([0, 1, 3]), "test 1", extract)
    assert len(calls) == 3 and np.array_equal(again, first[[3, 1, 0]])
    cached_features(dataset, np.array([0]), "test 2", extract)
    assert len(calls) == 4
