"""A control row is what its name says, and its bank takes away what it is there to take away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from peer_tasks import quality_task, small_dataset

from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import shipped_taxonomies
from exiqa.bench.methods.controls import control as controls
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError
from exiqa.model.regressors.kind import KINDS


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> PredictionTask:
    task = quality_task("exiqa", small_dataset(references=4), tmp_path_factory.mktemp("work"))
    bank = load_bank("csiq@1").top(3)
    return replace(task, bank=bank, train_bank=bank)


def as_control(task: PredictionTask, method: str, bank: str | None = None, tuning: str = "full") -> PredictionTask:
    cell = task.cell.model_copy(update={"method": method, "tuning": tuning})
    if bank is None:
        return replace(task, cell=cell)
    chosen = load_bank(bank)
    return replace(task, cell=cell, bank=chosen, train_bank=chosen)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> list[PredictionTask]:
    """What `exiqa.bench.methods.exiqa.predict` is called with; it answers 7."""
    called: list[PredictionTask] = []
    monkeypatch.setattr(controls, "predict", lambda task: called.append(task) or np.array([7.0]))
    return called


@pytest.mark.parametrize("method", controls.CONTROL_BANKS)
def test_a_control_is_ours_with_a_control_bank(task: PredictionTask, ours: list[PredictionTask], method: str) -> None:
    control = as_control(task, method, f"csiq-{method}@1")
    assert controls.predict_with_its_bank(control) == [7] and ours == [control]
    other = next(kind for kind in controls.CONTROL_BANKS if kind != method)
    for wrong, said in ((None, "csiq@1"), (f"csiq-{other}@1", f"csiq-{other}@1")):
        with pytest.raises(UserError, match=f"the method {method} stands for a control bank .* {said} is none"):
            controls.predict_with_its_bank(as_control(task, method, wrong))
    # Across data sets both banks count: the one that is tuned on, and the one that is read out.
    half = replace(control, train_bank=task.train_bank)
    with pytest.raises(UserError, match="csiq@1 is none"):
        controls.predict_with_its_bank(half)
    assert len(ours) == 1


def test_a_bank_that_is_only_named_like_a_control_is_none(task: PredictionTask) -> None:
    assert task.bank is not None
    called = task.bank.model_copy(update={"name": "mine-shuffled"})
    assert not controls.is_control(called, "shuffled")


def test_frozen_is_not_tuned(task: PredictionTask, ours: list[PredictionTask]) -> None:
    assert controls.predict_with_its_bank(as_control(task, "frozen", tuning="frozen")) == [7]
    with pytest.raises(UserError, match=r"untuned backbone, and the suite tunes it \(full\)"):
        controls.predict_with_its_bank(as_control(task, "frozen"))
    assert len(ours) == 1


@pytest.mark.parametrize("name", shipped_taxonomies())
@pytest.mark.parametrize("k", [1, 3, 5])
def test_control_banks_compare_at_equal_k(name: str, k: int) -> None:
    own = load_bank(f"{name}@1").top(k)
    for kind in ("random", "shuffled"):
        control = load_bank(f"{name}-{kind}@1").top(k)
        assert control.distortions == own.distortions and controls.is_control(control, kind)
        for distortion in own.distortions:
            assert len(control.ranked[distortion]) == k
            assert not set(control.ranked[distortion]) & set(own.ranked[distortion])
    names = load_bank(f"{name}-names@1")
    assert all(len(attributes) == 1 for attributes in names.ranked.values())
    assert names.distortions == own.distortions


@pytest.mark.parametrize("method", (*controls.CONTROL_BANKS, controls.FROZEN))
def test_a_controls_row_is_run_through_the_check(method: str) -> None:
    row = METHODS[method]
    assert row.kind == "control" and row.predict is controls.predict_with_its_bank
    assert row.protocols == METHODS["exiqa"].protocols and row.uses == METHODS["exiqa"].uses


@pytest.mark.parametrize("protocol", ["quality", "identification"])
def test_each_of_many_random_banks_answers_as_it_would_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    from exiqa.bench.methods import ours
    from exiqa.bench.methods.controls.random_banks import random_bank
    from exiqa.model.inference import predict_strengths

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    dataset = replace(small_dataset(references=5), distortions=("gaussian_blur", "white_noise"))
    bank = load_bank("csiq@1").select(dataset.distortions).top(2)
    task = quality_task("random_banks", dataset, tmp_path, backbone="exiqa-mini/random", protocol=protocol)
    cell = task.cell.model_copy(update={"tuning": "frozen", "bank": "csiq@1", "k": 2, "template": "paper"})
    tuning = {"backbone": "exiqa-mini/random", "mode": "frozen", "prompt_length": 0, "preprocessing": "resize"}
    ridge = {"kind": "ridge", "features": "logit", "regressor": KINDS["ridge"].config().model_dump()}
    settings = {"tuning": tuning, **ridge, "draws": 3, "first": 1}
    task = replace(task, cell=cell, bank=bank, train_bank=bank, settings=settings)
    together = METHODS["random_banks"].predict(task)
    assert together.shape == (3, len(task.test_rows), *([2] if protocol == "identification" else []))
    for number, found in enumerate(together, start=1):
        alone = ours.tuned(task).with_bank(random_bank(bank, number))
        if protocol == "quality":
            expected = ours.score_with(task, alone)
        else:
            strengths = predict_strengths(alone.model, ours.attributes(task, alone, task.test, task.test_rows))
            expected = strengths[:, [alone.bank.distortions.index(d) for d in dataset.distortions]]
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert not np.allclose(together[0], together[1])
