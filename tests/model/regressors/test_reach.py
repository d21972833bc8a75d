"""What a regressor has seen, and its interval: against closed forms, on held-out draws, through a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exiqa.core.errors import UserError
from exiqa.model.regressors.reach import FEWEST, Reach, fit_reach, read_reach
from exiqa.model.regressors.regressor import fit_regressor
from exiqa.model.regressors.regressor_file import load_regressor, regressor_bytes

ATTRIBUTES = 12
MIX = np.random.default_rng(7).normal(size=(4, ATTRIBUTES))


def photos(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 12) P(a|I) that four hidden causes move, and (count,) scores with noise."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(count, 4))
    attributes = 1 / (1 + np.exp(-(causes @ MIX + 0.1 * rng.normal(size=(count, ATTRIBUTES)))))
    return attributes.astype(np.float32), (0.5 + 0.1 * causes[:, 0] + 0.05 * rng.normal(size=count)).astype(np.float32)


def fitted() -> tuple[Reach, np.ndarray]:
    train, _ = photos(600, 0)
    calibration, _ = photos(250, 1)
    reach = fit_reach(train, calibration, np.random.default_rng(2).normal(0, 0.1, 250))
    assert reach is not None
    return reach, train


def test_the_distance_is_mahalanobis_with_a_shrunk_covariance() -> None:
    reach, train = fitted()
    covariance = np.cov(train.T.astype(float))
    shrunk = covariance + reach.floor * np.eye(ATTRIBUTES)
    assert reach.floor == pytest.approx(0.01 * np.trace(covariance) / ATTRIBUTES)
    new, _ = photos(40, 3)
    moved = new - train.mean(axis=0, dtype=float)
    expected = np.sqrt(np.einsum("na,ab,nb->n", moved, np.linalg.inv(shrunk), moved))
    np.testing.assert_allclose(reach.distance(new), expected, rtol=0.02)


def test_photos_like_its_own_are_seen_and_others_are_outside() -> None:
    reach, _ = fitted()
    assert reach.outside(photos(2000, 4)[0]).mean() <= 0.06
    strange = np.random.default_rng(5).random((500, ATTRIBUTES)).astype(np.float32)  # each cause by itself is usual
    assert reach.outside(strange).mean() >= 0.95


def test_the_interval_holds_nine_in_ten_whatever_the_noise() -> None:
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        attributes, _ = photos(350, seed)
        off = rng.standard_t(2, 350)  # heavy tails
        reach = fit_reach(attributes[:50], attributes[50:150], off[50:150])
        assert reach is not None
        covered.append(np.mean(np.abs(off[150:]) <= reach.half_width))
    assert np.mean(covered) == pytest.approx(0.90, abs=0.03)


def test_few_photos_say_nothing() -> None:
    attributes, _ = photos(FEWEST + 10, 0)
    off = np.zeros(FEWEST - 1)
    assert fit_reach(attributes, attributes[: FEWEST - 1], off) is None


def test_a_file_keeps_it_and_torch_is_not_needed_to_read_it(tmp_path: Path) -> None:
    x, y = photos(200, 0)
    regressor = fit_regressor(x, y, kind="ridge", features="logit")
    regressor.reach, _ = fitted()
    path = tmp_path / "r.safetensors"
    path.write_bytes(regressor_bytes(regressor))
    new = photos(30, 8)[0]
    for again in (load_regressor(path, ATTRIBUTES).reach, read_reach(path, ATTRIBUTES)):
        assert again is not None
        np.testing.assert_array_equal(again.distance(new), regressor.reach.distance(new))
        assert (again.limit, again.half_width) == (regressor.reach.limit, regressor.reach.half_width)
    assert regressor_bytes(load_regressor(path, ATTRIBUTES)) == path.read_bytes()
    with pytest.raises(UserError, match="how far a regressor of 11 attributes reaches"):
        read_reach(path, ATTRIBUTES - 1)


def test_a_regressor_without_one_says_nothing(tmp_path: Path) -> None:
    x, y = photos(60, 0)
    path = tmp_path / "r.safetensors"
    path.write_bytes(regressor_bytes(fit_regressor(x, y, kind="ridge")))
    assert read_reach(path, ATTRIBUTES) is None and load_regressor(path, ATTRIBUTES).reach is None
