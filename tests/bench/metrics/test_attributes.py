"""Metrics of attributes, against scikit-learn, scipy and cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from exiqa.bench.metrics.attributes.decided import NOT_LINKED, auroc, auroc_matrix
from exiqa.bench.metrics.bootstrap import bootstrap_interval
from exiqa.bench.metrics.metric import measure
from exiqa.bench.metrics.predictions import AttributeColumns, Predictions
from exiqa.bench.metrics.registry import METRICS, metrics_of

LEVELS = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
REFERENCES, DISTORTIONS, EACH = 4, 3, 2
N, A = REFERENCES * DISTORTIONS * len(LEVELS), DISTORTIONS * EACH


def _columns(linked: np.ndarray | None = None) -> AttributeColumns:
    """4 references × 3 distortions × 5 levels; each distortion has two attributes of its own."""
    distortion = np.tile(np.repeat(np.arange(DISTORTIONS), len(LEVELS)), REFERENCES)
    return AttributeColumns(
        linked=np.ones(A, bool) if linked is None else linked,
        membership=np.repeat(np.eye(DISTORTIONS, dtype=bool), EACH, axis=0),
        distorted=distortion[:, None] == np.arange(DISTORTIONS),
        group=np.repeat(np.arange(REFERENCES), DISTORTIONS * len(LEVELS)),
    )


@pytest.fixture
def truth() -> np.ndarray:
    """(N, A): each attribute is true in its distortion's images, to an extent that the level does not tell."""
    random = np.random.default_rng(0)
    values = random.permuted(np.tile(LEVELS, (A, N // len(LEVELS), 1)), axis=2).reshape(A, N).T
    return np.where(_columns().distorted.repeat(EACH, axis=1), values, 0)


def _of(predicted: np.ndarray, truth: np.ndarray, linked: np.ndarray | None = None) -> dict[str, float | None]:
    return measure(metrics_of("validity"), Predictions(predicted, truth, attributes=_columns(linked)))[0]


def test_perfect_attributes(truth: np.ndarray) -> None:
    found = _of(truth, truth)
    assert found["linked"] == 1
    assert found["auroc"] == 1
    assert found["agreement"] == pytest.approx(1)
    assert found["oracle_impurity"] == 0
    # One distortion excludes the others, so that even truth tells of what is outside an attribute's niche.
    assert 0.5 < found["niche_impurity"] < 0.9


def test_constant_attributes(truth: np.ndarray) -> None:
    values, undefined = measure(metrics_of("validity"), Predictions(np.full((N, A), 0.3), truth, attributes=_columns()))
    assert values["auroc"] == 0.5
    assert values["agreement"] == 0
    assert values["niche_impurity"] == 0.5
    assert undefined == {
        "siblings": "no distortion has two attributes whose P(a|I) vary",
        "effective_rank": "P(a|I) of every attribute is the same in all images",
    }


def test_labels_in_disguise(truth: np.ndarray) -> None:
    """Every attribute of a distortion answers whether it is there, and nothing else."""
    label = _columns().distorted.repeat(EACH, axis=1).astype(float)
    found = _of(label, truth)
    assert found["siblings"] == pytest.approx(1)
    assert found["agreement"] == 0
    assert found["effective_rank"] == pytest.approx(2)  # three indicators that sum to 1
    assert found["auroc"] > 0.9  # across distortions a label tells much of what is true


def test_permuted_attributes(truth: np.ndarray) -> None:
    """Each column answers for one of the next distortion: right about something, and not about its own."""
    found = _of(np.roll(truth, EACH, axis=1), truth)
    assert found["auroc"] < 0.5
    assert found["oracle_impurity"] > 0.2
    assert found["agreement"] == 0  # constant, 0, among the images of its own distortion


def test_opposite_answers_keep_their_sign(truth: np.ndarray) -> None:
    found = _of(1 - truth, truth)
    assert found["auroc"] == 0
    assert found["agreement"] == pytest.approx(-1)
    assert found["oracle_impurity"] == 0  # a predictor that is fitted would turn them round


def test_auroc_is_scikit_learns(truth: np.ndarray) -> None:
    random = np.random.default_rng(1)
    scores = (truth + random.normal(0, 0.4, truth.shape)).round(1)  # with ties
    expected = []
    for column in range(A):
        chosen = (truth[:, column] >= 0.5) | (truth[:, column] <= 0.1)
        expected.append(roc_auc_score(truth[chosen, column] >= 0.5, scores[chosen, column]))
    assert METRICS["auroc"].of(Predictions(scores, truth, attributes=_columns())) == pytest.approx(np.mean(expected))
    np.testing.assert_allclose(np.diag(auroc_matrix(scores, truth)), expected)
    assert np.isnan(auroc(scores, np.ones(N))).all()


def test_agreement_is_scipys(truth: np.ndarray) -> None:
    scores = (truth + np.random.default_rng(2).normal(0, 0.3, truth.shape)).round(1)
    scores[:, 0] = 0.5  # says nothing: 0
    truth = truth.copy()
    truth[:, 1] = np.minimum(truth[:, 1], 0.05)  # does not vary enough: left out
    expected = [0.0]
    for column in range(2, A):
        rows = _columns().distorted[:, column // EACH]
        expected.append(stats.spearmanr(scores[rows, column], truth[rows, column]).statistic)
    found = METRICS["agreement"].of(Predictions(scores, truth, attributes=_columns()))
    assert found == pytest.approx(np.median(expected))


def test_siblings_are_numpys_pairs(truth: np.ndarray) -> None:
    scores = truth + np.random.default_rng(3).normal(0, 0.3, truth.shape)
    scores[:, 5] = 0.5  # constant: its pair is left out
    pairs = [np.corrcoef(scores[:, at], scores[:, at + 1])[0, 1] for at in (0, 2)]
    assert METRICS["siblings"].of(Predictions(scores, truth, attributes=_columns())) == pytest.approx(np.mean(pairs))


def test_effective_rank_of_known_singular_values() -> None:
    random = np.random.default_rng(4)
    left = np.linalg.qr(random.normal(size=(N, A)) - 0)[0]
    left = np.linalg.qr(left - left.mean(axis=0))[0]  # orthogonal, and each column's mean is 0
    right = np.linalg.qr(random.normal(size=(A, A)))[0]
    metric = METRICS["effective_rank"]

    def rank(values: list[float]) -> float:
        return metric.of(Predictions(left * values @ right, np.zeros((N, A)), attributes=_columns()))

    assert rank([1, 1, 1, 1, 1, 1]) == pytest.approx(6)
    assert rank([1, 1, 0, 0, 0, 0]) == pytest.approx(2)
    assert rank([2, 1, 1, 0, 0, 0]) == pytest.approx(np.exp(-(0.5 * np.log(0.5) + 0.5 * np.log(0.25))))


def test_oracle_impurity_by_hand() -> None:
    """Two attributes over four images: neither's truth tells of the other's, and one answers to the other's."""
    truth = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    columns = AttributeColumns(np.ones(2, bool), np.eye(2, dtype=bool), truth > 0, np.arange(4))
    predicted = truth[:, [0, 0]]
    # π(T) = [[1, .5], [.5, 1]]; π(P) = [[1, .5], [1, .5]]: two entries of four differ by .5.
    found = METRICS["oracle_impurity"].of(Predictions(predicted, truth, attributes=columns))
    assert found == pytest.approx(2 * np.sqrt(2 * 0.25) / 2)


def test_niche_impurity_finds_what_leaks_past_the_niche() -> None:
    """Independent truths. Pure answers leave nothing outside an attribute's niche; where every column carries a little
    of all the others, masking those that correlate leaves enough to read the truth."""
    random = np.random.default_rng(5)
    count, size = 400, 8
    truth = (random.random((count, size)) > 0.5).astype(float)
    columns = AttributeColumns(
        np.ones(size, bool), np.eye(size, dtype=bool), truth > 0, np.repeat(np.arange(8), count // 8)
    )
    mixed = truth + 0.25 * truth @ random.normal(size=(size, size))
    pure, leaking = (
        METRICS["niche_impurity"].of(Predictions(values, truth, attributes=columns)) for values in (truth, mixed)
    )
    assert 0.45 < pure < 0.56
    assert leaking > pure + 0.05
    alone = replace(columns, group=np.zeros(count, int))
    assert "only one reference" in METRICS["niche_impurity"].why_undefined(Predictions(truth, truth, attributes=alone))


def test_what_is_not_linked_is_left_out(truth: np.ndarray) -> None:
    linked = np.array([True, False] * DISTORTIONS)
    noise = np.where(linked, truth, np.random.default_rng(6).random(truth.shape))
    found = _of(noise, truth, linked)
    assert found["linked"] == 0.5
    assert found["auroc"] == 1
    assert found["agreement"] == pytest.approx(1)
    assert found["oracle_impurity"] == 0


def test_without_links_only_what_needs_no_truth_is_a_figure(truth: np.ndarray) -> None:
    predictions = Predictions(truth, np.zeros_like(truth), attributes=_columns(np.zeros(A, bool)))
    values, undefined = measure(metrics_of("validity"), predictions)
    assert undefined == dict.fromkeys(("auroc", "agreement", "oracle_impurity", "niche_impurity"), NOT_LINKED)
    assert values["linked"] == 0
    assert values["siblings"] is not None and values["effective_rank"] is not None


def test_intervals_resample_references(truth: np.ndarray) -> None:
    scores = np.clip(truth + np.random.default_rng(7).normal(0, 0.4, truth.shape), 0, 1)
    predictions = Predictions(scores, truth, attributes=_columns())
    groups = (np.arange(len(truth)) % 12).astype(str)  # fewer than ten have no interval
    low, high = bootstrap_interval(METRICS["auroc"], predictions, groups, seed=0) or (0, 0)
    assert 0 < low < METRICS["auroc"].of(predictions) < high < 1
    assert bootstrap_interval(METRICS["effective_rank"], predictions, groups, seed=0) is None


@pytest.mark.parametrize("metric", ["auroc", "agreement", "siblings"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_resamples_are_the_metric_of_the_resampled_images(metric: str, seed: int, truth: np.ndarray) -> None:
    random = np.random.default_rng(seed)
    scores = (truth + random.normal(0, 0.4, truth.shape)).round(1)  # with ties
    scores[:, 0] = 0.5  # constant
    scores[N // 2 :, 1] = 0.7  # constant in some resamples
    truth = truth.copy()
    truth[10:, 2] = np.minimum(truth[10:, 2], 0.08)  # true, and varying, in one reference alone
    linked = np.array([True, True, True, False, True, True])
    predictions = Predictions(scores, truth, attributes=_columns(linked))
    group = np.minimum(np.arange(N) // 5, 10)  # eleven, uneven, none of which has all distortions
    draws = random.multinomial(11, np.full(11, 1 / 11), size=60)
    images = [predictions.images(np.repeat(np.arange(N), draw[group])) for draw in draws]
    resampled = METRICS[metric].resampled
    assert resampled is not None
    np.testing.assert_allclose(
        resampled(predictions, group)(draws.astype(float)), [METRICS[metric].of(of_draw) for of_draw in images]
    )


def test_a_metric_of_attributes_asks_for_their_columns() -> None:
    with pytest.raises(ValueError, match="what their columns are"):
        METRICS["auroc"](np.zeros((4, 2)), np.zeros((4, 2)))
