"""Every kind of regressor on all features: what it fits against an oracle, what it keeps to, its file."""

from __future__ import annotations

import dataclasses
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import BaseModel
from safetensors.torch import save
from scipy.optimize import nnls
from scipy.special import expit, logit
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import ScoreInfo
from exiqa.model.artifacts.artifact import Artifact
from exiqa.model.assessing.breakdown import break_down
from exiqa.model.config import RegressorConfig
from exiqa.model.regressors.additive import AdditiveConfig, FallingCurves, falling_path, knots
from exiqa.model.regressors.feature_layers import build_features
from exiqa.model.regressors.features import FEATURES
from exiqa.model.regressors.kind import KINDS, FitData, choose
from exiqa.model.regressors.regressor import Regressor, fit_regressor
from exiqa.model.regressors.regressor_file import load_regressor, read_about, regressor_bytes
from exiqa.model.regressors.ridge import ridge_path
from exiqa.model.regressors.score_origin import ScoreOrigin
from exiqa.model.regressors.sparse import SparseConfig, forward_selection

ATTRIBUTES, DISTORTIONS = 6, 3
WEIGHTS = np.kron(np.eye(DISTORTIONS), [[0.7], [0.3]]).astype(np.float32)
"""(A, D) of Eq. 7: two attributes a distortion."""
SMALL: dict[str, BaseModel] = {"mlp": RegressorConfig(hidden=8, epochs=15), "sparse": SparseConfig(attributes=2)}
EVERY = list(product(KINDS.own, FEATURES))


def opinions(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """P(a|I) that are mostly near 0 or 1, and scores that fall linearly with the logits of the first two."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2.5, (rows, ATTRIBUTES))
    scores = 0.6 - 0.05 * logits[:, 0] - 0.03 * logits[:, 1] + rng.normal(0, 0.01, rows)
    return expit(logits).astype(np.float32), scores.astype(np.float32)


def fitted(kind: str, features: str, rows: int = 200, seed: int = 0) -> Regressor:
    train, validation = opinions(rows, seed), opinions(60, seed + 1)
    return fit_regressor(*train, *validation, SMALL.get(kind), kind, features, WEIGHTS)


@pytest.mark.parametrize(("kind", "features"), EVERY)
def test_each_learns_is_seeded_and_reads_back_bit_for_bit(kind: str, features: str, tmp_path: Path) -> None:
    regressor = fitted(kind, features)
    held_out, truth = opinions(200, seed=7)
    predicted = regressor.predict(held_out)
    assert predicted.shape == (200,) and predicted.dtype == np.float32
    assert spearmanr(predicted, truth).statistic > 0.75
    content = regressor_bytes(regressor)
    assert content == regressor_bytes(fitted(kind, features)), "the same data give the same file"
    path = tmp_path / "r.safetensors"
    path.write_bytes(content)
    again = load_regressor(path, ATTRIBUTES)
    np.testing.assert_array_equal(again.predict(held_out), predicted)
    assert regressor_bytes(again) == content
    about = read_about(path)
    assert (about.kind, about.features) == (kind, features)


@pytest.mark.parametrize(("kind", "features"), EVERY)
def test_the_same_photo_gets_the_same_score_in_any_company(kind: str, features: str) -> None:
    regressor = fitted(kind, features)
    photos, _ = opinions(50, seed=3)
    alone = np.array([regressor.predict(photo[None])[0] for photo in photos])
    np.testing.assert_allclose(regressor.predict(photos), alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("kind", "features"), EVERY)
def test_contributions_sum_to_the_score(kind: str, features: str) -> None:
    regressor = fitted(kind, features)
    phrases = [f"phrase {n}" for n in range(ATTRIBUTES)]
    for photo in opinions(4, seed=5)[0]:
        found = break_down(regressor, photo, phrases)
        assert found.prediction == pytest.approx(float(regressor.predict(photo[None])[0]), abs=1e-5)
        total = sum(part.contribution for part in found.parts)
        assert total == pytest.approx(found.prediction - found.baseline, abs=1e-3)
        if kind == "additive" and features != "strengths":
            for part in found.parts:
                assert part.contribution * (part.probability - part.typical) <= 1e-9


def test_features_are_what_they_are_called() -> None:
    attributes = opinions(20)[0]
    tensor = torch.from_numpy(attributes)
    np.testing.assert_array_equal(build_features("probability", ATTRIBUTES)(tensor).numpy(), attributes)
    np.testing.assert_allclose(
        build_features("logit", ATTRIBUTES)(tensor).numpy(), logit(attributes.astype(float)), rtol=1e-4, atol=1e-5
    )
    ends = build_features("logit", 2)(torch.tensor([[0.0, 1.0]])).numpy()
    assert np.isfinite(ends).all() and ends[0, 0] < -13 and ends[0, 1] > 13
    strengths = build_features("strengths", ATTRIBUTES, WEIGHTS)(tensor).numpy()
    by_hand = np.stack([0.7 * attributes[:, 2 * d] + 0.3 * attributes[:, 2 * d + 1] for d in range(DISTORTIONS)], 1)
    np.testing.assert_allclose(strengths, by_hand, rtol=1e-5)
    with pytest.raises(UserError, match="there are no features 'logits' of a regressor; there are probability, logit"):
        build_features("logits", ATTRIBUTES)


def test_ridge_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(2, 3, (40, 7)), rng.normal(1, 2, 40)
    x[:, 6] = x[:, 0] + x[:, 1]  # one direction without variance
    penalties = np.array([10, 0.1, 1e-4])
    weights, intercepts = ridge_path(x, y, penalties)
    for penalty, w, b in zip(penalties, weights, intercepts, strict=True):
        oracle = Ridge(alpha=penalty * len(x)).fit(x, y)
        np.testing.assert_allclose(w, oracle.coef_, rtol=1e-6, atol=1e-9)
        assert b == pytest.approx(oracle.intercept_)


def test_forward_selection_is_the_greedy_best_subset() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 8))
    x[:, 7] = x[:, 2]  # never both
    y = x[:, 2] - 0.5 * x[:, 4] + 0.2 * x[:, 5] + rng.normal(0, 0.3, 60)

    def error(columns: list[int]) -> float:
        design = np.column_stack([np.ones(60), x[:, columns]])
        return float(np.sum((y - design @ np.linalg.lstsq(design, y)[0]) ** 2))

    greedy: list[int] = []
    for _ in range(5):
        greedy.append(min(set(range(7)) - set(greedy), key=lambda column: error([*greedy, column])))
    assert forward_selection(x, y, 5) == greedy
    assert len(forward_selection(x, y, 20)) == 7, "a copy of a chosen column adds nothing"


@pytest.mark.parametrize("number", [1, 2, 4])
def test_sparse_keeps_to_its_number(number: int) -> None:
    train, validation = opinions(200), opinions(60, 1)
    regressor = fit_regressor(*train, *validation, SparseConfig(attributes=number), "sparse", "logit")
    weight = regressor.layers.weight.detach().numpy()[0]  # type: ignore[union-attr, operator]
    assert 1 <= np.count_nonzero(weight) <= number
    assert weight[0] != 0, "the attribute that says the most"


def test_additive_curves_solve_their_problem() -> None:
    """With an elastic net on non-negative drops there is an equal problem of non-negative least squares."""
    from exiqa.model.regressors.additive import L1_SHARE, PENALTIES

    rng = np.random.default_rng(2)
    x = rng.normal(size=(120, 3))
    y = 1 - 0.3 * expit(2 * x[:, 0]) + 0.2 * x[:, 1] + rng.normal(0, 0.05, 120)
    start, span, drops, tops = falling_path(x, y, pieces=3)
    gone = np.clip((x[:, :, None] - start) / span, 0, 1).reshape(120, -1)
    centred, target = gone - gone.mean(axis=0), y.mean() - y
    for penalty, drop, top in list(zip(PENALTIES, drops, tops, strict=True))[2:7:2]:
        quadratic = centred.T @ centred / 120 + penalty * (1 - L1_SHARE) * np.eye(9)
        linear = centred.T @ target / 120 - penalty * L1_SHARE
        root = np.linalg.cholesky(quadratic)
        oracle, _ = nnls(root.T, np.linalg.solve(root, linear))
        np.testing.assert_allclose(drop, oracle, atol=2e-3)
        assert top == pytest.approx(y.mean() + drop @ gone.mean(axis=0))
    assert not drops[:, 3:6].any(), "a curve that would have to rise stays level"


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float32, ATTRIBUTES, elements=st.floats(0, 1, width=32)),
    st.integers(0, ATTRIBUTES - 1),
    st.floats(0, 1, width=32),
)
@pytest.mark.parametrize("features", FEATURES)
def test_more_of_a_fault_never_raises_an_additive_score(
    features: str, photo: np.ndarray, attribute: int, more: float
) -> None:
    regressor = _ADDITIVE.setdefault(features, fitted("additive", features))
    worse = photo.copy()
    worse[attribute] = max(photo[attribute], more)
    before, after = regressor.predict(np.stack([photo, worse]))
    assert after <= before + 1e-6


_ADDITIVE: dict[str, Regressor] = {}


def test_curves_are_level_where_rows_are_tied_and_outside_them() -> None:
    x = np.column_stack([np.repeat([0.0, 1.0], [90, 10]), np.full(100, 3.0)])
    start, span = knots(x, 4)
    drops = falling_path(x, 1 - x[:, 0], pieces=4)[2][-1].reshape(2, 4)
    assert (span > 0).all()
    assert drops[0, 3] > 0.9 and np.count_nonzero(drops) == 1, "no row enters a piece without length"
    curves = FallingCurves(2, 4)
    with torch.no_grad():
        curves.start.copy_(torch.from_numpy(start))
        curves.span.copy_(torch.from_numpy(span))
        curves.drop.copy_(torch.from_numpy(drops))
        low, seen_low, seen_high, high = curves(torch.tensor([[-5.0, 0], [0, 3], [1, 3], [9, 9]]))[:, 0]
    assert low == seen_low == 0
    assert high == seen_high == pytest.approx(-drops[0, 3])


def test_settings_are_chosen_on_the_validation_side() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=30).astype(np.float32)
    constants = [-1.0, 0.25, 2.0]

    def path(_x: np.ndarray, _y: np.ndarray) -> list:  # type: ignore[type-arg]
        return [lambda held, c=c: np.full(len(held), c) for c in constants]

    for number, constant in enumerate(constants):
        data = FitData(x, y, (x[:5], np.full(5, constant, np.float32)))
        assert choose(path, data, seed=0) == number
    assert choose(path, FitData(x, y, None), seed=0) == int(np.argmin([np.sum((y - c) ** 2) for c in constants]))


def test_few_photos_without_a_validation_side_can_be_fitted() -> None:
    attributes, scores = opinions(3)
    for kind, features in EVERY:
        predicted = fit_regressor(attributes, scores, None, None, SMALL.get(kind), kind, features, WEIGHTS).predict(
            attributes
        )
        assert np.isfinite(predicted).all()


def test_the_papers_regressor_is_stored_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "r.safetensors"
    path.write_bytes(regressor_bytes(fitted("mlp", "probability")))
    assert set(load_regressor(path, ATTRIBUTES).state_dict()) == {
        "mean", "std", *(f"layers.{n}.{part}" for n in (0, 3, 6) for part in ("weight", "bias")),
    }  # fmt: skip
    assert b'"kind"' not in path.read_bytes() and b'"features"' not in path.read_bytes()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ('{"kind": "svr", "config": {}}', "is a regressor of the kind 'svr' on 'probability'; there are the kinds mlp"),
        ('{"kind": "ridge", "features": "pixels", "config": {}}', "of the kind 'ridge' on 'pixels'"),
        ('{"kind": "ridge", "config": {"epochs": 3}}', "epochs"),
        ('{"kind": "additive", "config": {"pieces": 100000}}', "pieces"),
        ('{"kind": "ridge", "features": "strengths", "config": {}}', "is not a regressor of 6 attributes"),
    ],
)
def test_files_of_something_else_are_refused(about: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "r.safetensors"
    path.write_bytes(save(fitted("ridge", "probability").state_dict(), {"exiqa": about}))
    with pytest.raises(UserError, match=message) as error:
        load_regressor(path, ATTRIBUTES)
    assert "\n" not in str(error.value)


def test_opinions_score_before_a_proxy(tuned: Path) -> None:
    artifact = Artifact.from_pretrained(tuned)
    (own,) = artifact.regressors.values()
    score = ScoreInfo("MOS", "higher is better", "x")
    mos = ScoreOrigin(dataset="some", dataset_hash="a", split_hash="b", score=score)
    proxy = mos.model_copy(update={"score": dataclasses.replace(score, proxy=True)})
    kinds = {}
    for name, origin in (("first", proxy), ("second", mos), ("third", mos), ("unknown", None)):
        kinds[name] = Regressor(own.mean.shape[0], RegressorConfig())
        kinds[name].origin = origin

    def default(*names: str) -> str | None:
        artifact.regressors = {name: kinds[name] for name in names}
        return artifact.default_regressor

    assert default() is None
    assert default("first") == "first" and default("unknown") == "unknown"
    assert default("first", "second") == "second" and default("second", "first", "unknown") == "second"
    assert artifact.regressor() is kinds["second"] and artifact.regressor("first") is kinds["first"]
    assert default("second", "third") is None and default("first", "unknown") is None
    with pytest.raises(UserError, match="several regressors, first, unknown; say which"):
        artifact.regressor()


def test_additive_config_is_checked() -> None:
    with pytest.raises(ValueError, match="pieces"):
        AdditiveConfig(pieces=0)
