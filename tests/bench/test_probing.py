"""Curves over changed attributes, against linear scores whose answers are known; shapes of an additive score."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from exiqa.bench.figures.files import png_of
from exiqa.bench.figures.line_plot import Line, LinePlot
from exiqa.bench.figures.shape_functions import POINTS, draw_shape_functions
from exiqa.bench.probing.curves import deletion_curve, insertion_curve, intervention_curve, most_wrong, replaced
from exiqa.bench.probing.shapes import shapes_of
from exiqa.bench.probing.store import FOLDER, Probed, read_probed, write_probed
from exiqa.core.errors import UserError
from exiqa.model.regressors.regressor import fit_regressor

WEIGHTS = np.array([-0.4, -0.2, -0.1, 0.0], np.float32)


def score(attributes: np.ndarray) -> np.ndarray:
    return 0.9 + attributes @ WEIGHTS


def test_of_a_linear_score_deletion_leaves_what_was_not_deleted() -> None:
    photos = np.ones((3, 4), np.float32)
    typical = np.zeros(4, np.float32)
    by_weight = np.tile(np.arange(4), (3, 1))
    left = deletion_curve(score, photos, typical, by_weight, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(left, np.array([7, 3, 1, 0, 0]) / 7, atol=1e-6)
    np.testing.assert_allclose(insertion_curve(score, photos, typical, by_weight, [0, 1, 2, 3, 4]), 1 - left, atol=1e-6)
    worst = deletion_curve(score, photos, typical, by_weight[:, ::-1], [0, 1, 2, 3, 4])
    assert (worst >= left - 1e-6).all() and worst[1] == pytest.approx(1)


def test_replacing_leaves_the_photos_as_they_are() -> None:
    photos = np.ones((2, 4), np.float32)
    changed = replaced(photos, np.zeros(4, np.float32), np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), 1)
    assert changed.tolist() == [[0, 1, 1, 1], [1, 1, 1, 0]] and photos.all()


def test_setting_wrong_attributes_to_their_truth_mends_the_order() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((200, 4)).astype(np.float32)
    read = truth.copy()
    read[:, 0] = rng.random(200)  # the heaviest attribute is read at random
    linked = np.array([True, True, False, True])
    gains = intervention_curve(score, read, truth, linked, score(truth), [0, 1, 4])
    assert gains[0] < 0.7
    assert gains[1] == pytest.approx(1, abs=1e-9), "the one wrong attribute is the first that is set"
    assert gains[2] == gains[1], "no more are set than are linked"
    assert most_wrong(read, truth, linked)[:, -1].tolist() == [2] * 200


def test_shapes_are_the_curves_that_score() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((500, 4)).astype(np.float32)
    regressor = fit_regressor(x, (x @ WEIGHTS).astype(np.float32), kind="additive")
    found = shapes_of(regressor, ["a", "b", "c", "d"], "Own", "cell")
    assert [shape.phrase for shape in found.shapes][:2] == ["a", "b"]
    for shape in found.shapes:
        assert len(shape.takes) == POINTS and shape.takes[0] >= 0
        assert np.diff(shape.takes).min() >= -1e-6, "more of a fault never raises the score"
    at = np.zeros((2, 4), np.float32)
    at[1, 0] = 1
    whole = float(np.subtract(*regressor.predict(at)))
    assert found.shapes[0].takes[-1] - found.shapes[0].takes[0] == pytest.approx(whole, abs=2e-3)
    assert png_of(draw_shape_functions(found)).startswith(b"\x89PNG")
    assert png_of(draw_shape_functions(dataclasses.replace(found, shapes=()))).startswith(b"\x89PNG")


def test_other_kinds_have_no_shapes() -> None:
    x = np.random.default_rng(2).random((60, 4)).astype(np.float32)
    with pytest.raises(UserError, match="only a regressor of the kind additive"):
        shapes_of(fit_regressor(x, x[:, 0], kind="ridge"), ["a", "b", "c", "d"], "Own")


def test_what_was_measured_is_kept_and_damage_is_a_sentence(tmp_path: Path) -> None:
    plot = LinePlot("t", "x", "y", (Line("l", (("0", 1.0, None, None), ("all", None, None, None))),), cells=("1a",))
    probed = Probed("1a", (plot,), ())
    write_probed(tmp_path, probed)
    assert read_probed(tmp_path, {"1a"}) == (probed,) and read_probed(tmp_path, {"2b"}) == ()
    (tmp_path / FOLDER / "1a.json").write_text('{"cell": "1a", "plot": []}')
    with pytest.raises(UserError, match=r"1a\.json does not hold what was measured of a cell"):
        read_probed(tmp_path, {"1a"})
