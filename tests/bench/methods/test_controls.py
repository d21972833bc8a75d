"""A control row is what its name says, and its bank takes away what it is there to take away."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from peer_tasks import quality_task, small_dataset

from exiqa.bank.storage.store import load_bank
from exiqa.bank.taxonomy import shipped_taxonomies
from exiqa.bench.methods.controls import control as controls
from exiqa.bench.methods.method import METHODS
from exiqa.bench.methods.prediction_task import PredictionTask
from exiqa.core.errors import UserError


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
    """What `exiqa.bench.methods.ours.predict` is called with; it answers 7."""
    called: list[PredictionTask] = []
    stand_in = ModuleType("exiqa.bench.methods.ours")
    stand_in.predict = lambda task: called.append(task) or np.array([7.0])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "exiqa.bench.methods.ours", stand_in)
    monkeypatch.setattr("exiqa.bench.methods.ours", stand_in, raising=False)
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
