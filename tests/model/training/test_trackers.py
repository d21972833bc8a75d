"""Trackers get what the log gets."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.config import TuneConfig
from exiqa.model.training.log import read_log
from exiqa.model.training.trackers import TRACKERS, check_trackers
from exiqa.model.training.tune import TuneStep, tune

CONFIG = TuneConfig(
    backbone="open_clip:tiny-vit/random", prompt_length=2, epochs=2, warmup_epochs=1, batch_size=16, device="cpu"
)


def test_tensorboard_shows_what_the_log_says(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tune(dataset, make_split(dataset, seed=0), bank, CONFIG, tmp_path, trackers=["tensorboard"])
    events = EventAccumulator(str(tmp_path / "training" / "trackers" / "exiqa"))
    events.Reload()
    lines = read_log(tmp_path / "training" / "log.jsonl")
    for name in ("loss", "learning_rate", "validation_rmse"):
        logged = [(line["step"], line[name]) for line in lines if name in line]
        shown = [(event.step, event.value) for event in events.Scalars(name)]
        assert [step for step, _ in shown] == [step for step, _ in logged]
        assert [value for _, value in shown] == pytest.approx([value for _, value in logged], rel=1e-6)
    assert logged


def test_without_a_tracker_nothing_but_the_log_is_written(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    tune(dataset, make_split(dataset, seed=0), bank, CONFIG, tmp_path)
    assert sorted(path.name for path in (tmp_path / "training").iterdir()) == ["checkpoint.safetensors", "log.jsonl"]


def test_a_tracker_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match="no tracker 'tensorbord'; there are tensorboard, wandb, mlflow"):
        check_trackers(["tensorbord"])
    for name, module in TRACKERS.items():
        if find_spec(module) is None:
            with pytest.raises(UserError, match=f"pip install {module}"):
                check_trackers([name])


def test_a_tracker_that_cannot_start_is_one_sentence(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "trackers").write_text("a file where TensorBoard's folder goes")
    with pytest.raises(UserError, match="a tracker cannot be started"):
        tune(dataset, make_split(dataset, seed=0), bank, CONFIG, tmp_path, trackers=["tensorboard"])


def test_an_interrupted_run_goes_on_in_mlflow(
    dataset: Dataset, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # that of a database needs more packages
    split, steps = make_split(dataset, seed=0), []

    def interrupt(step: TuneStep) -> None:
        steps.append(step.step)
        if len(steps) == 4:
            mlflow.end_run("KILLED")
            raise KeyboardInterrupt

    config = CONFIG.model_copy(update={"checkpoint_every": 1})
    with pytest.raises(KeyboardInterrupt):
        tune(dataset, split, bank, config, tmp_path / "out", on_step=interrupt, trackers=["mlflow"])
    tune(dataset, split, bank, config, tmp_path / "out", trackers=["mlflow"])
    (run,) = mlflow.search_runs(experiment_names=["exiqa"], output_format="list")
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    logged = [line["step"] for line in read_log(tmp_path / "out" / "training" / "log.jsonl") if "loss" in line]
    assert sorted({metric.step for metric in history}) == logged
    assert run.info.status == "FINISHED" and run.info.run_name == "out"
