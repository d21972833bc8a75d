from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import tune_script
from safetensors.torch import load_file

from exiqa.bank.schema import Bank
from exiqa.core.errors import UserError
from exiqa.iqadata.datasets.dataset import Dataset
from exiqa.iqadata.datasets.splits import make_split
from exiqa.model.config import TuneConfig
from exiqa.model.training.log import read_log
from exiqa.model.training.tune import TuneStep, tune

SCRIPT = str(Path(tune_script.__file__))
ROOT = Path(__file__).parents[3]


def _config(**changes: Any) -> TuneConfig:
    values = {
        "backbone": "open_clip:tiny-vit/random",
        "mode": "shallow",
        "prompt_length": 3,
        "epochs": 2,
        "warmup_epochs": 1,
        "batch_size": 16,
        "device": "cpu",
    }
    return TuneConfig.model_validate({**values, **changes})


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def _log(out: Path) -> list[dict[str, Any]]:
    return read_log(out / "training" / "log.jsonl")


@pytest.mark.parametrize(
    "settings",
    # The second's weights lie channels-last in memory.
    [{}, {"backbone": "exiqa-mini/random", "mode": "full", "prompt_length": 0, "epochs": 2}],
    ids=["deep prompts", "whole small CLIP"],
)
def test_a_run_killed_at_any_step_ends_like_one_that_was_not(settings: dict[str, Any], tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    changes = json.dumps({"checkpoint_every": 2, **settings})

    def run(out: Path, kill_at: int) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, SCRIPT, str(out), changes, str(kill_at)]
        return subprocess.run(command, env=_environment(), capture_output=True)

    assert run(whole, 0).returncode == 0
    process = run(killed, 7)
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    assert not (killed / "config.json").exists()
    assert 0 < _log(killed)[-1]["step"] < 8
    assert run(killed, 0).returncode == 0
    assert _log(killed) == _log(whole)
    ours, theirs = (load_file(folder / "model.safetensors") for folder in (killed, whole))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_two_processes_give_the_loss_of_one(tmp_path: Path) -> None:
    # 11 a batch: the processes' shares are uneven, and the last batch of an epoch is short.
    changes = json.dumps({"batch_size": 11, "epochs": 2})
    tune_script.main(str(tmp_path / "one"), changes)
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    ]
    command = [*launch, "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", SCRIPT]
    process = subprocess.run([*command, tmp_path / "two", changes], env=_environment(), capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-2000:]
    one, two = _log(tmp_path / "one"), _log(tmp_path / "two")
    assert [line.keys() for line in one] == [line.keys() for line in two]
    for alone, together in zip(one, two, strict=True):
        assert list(together.values()) == pytest.approx(list(alone.values()), rel=1e-4, abs=1e-6)


def test_accumulation_gives_the_same_update(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    logs = []
    for accumulation in (1, 3):
        config = _config(accumulation=accumulation, mode="full", prompt_length=0, learning_rate=1e-3)
        tune(dataset, make_split(dataset, 0), bank, config, tmp_path / str(accumulation))
        logs.append([line["loss"] for line in _log(tmp_path / str(accumulation)) if "loss" in line])
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-3)


def test_it_is_seeded_and_the_log_is_complete(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    split = make_split(dataset, 0)
    steps: list[TuneStep] = []
    first = tune(dataset, split, bank, _config(), tmp_path / "a", steps.append)
    again = tune(dataset, split, bank, _config(), tmp_path / "b")
    other = tune(dataset, split, bank, _config(seed=1), tmp_path / "c")
    assert _log(tmp_path / "a") == _log(tmp_path / "b") != _log(tmp_path / "c")
    assert first.hash == again.hash != other.hash
    log = _log(tmp_path / "a")
    per_epoch = -(-len(split.rows(dataset)[0]) // 16)
    assert [line["step"] for line in log if "loss" in line] == list(range(1, 2 * per_epoch + 1))
    assert [line["step"] for line in log if "validation_rmse" in line] == [0, per_epoch, 2 * per_epoch]
    assert [(step.step, step.loss) for step in steps] == [
        (line["step"], line["loss"]) for line in log if "loss" in line
    ]
    assert steps[-1].rmse == log[per_epoch + 1]["validation_rmse"]


def test_the_least_validation_rmse_is_kept(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    split = make_split(dataset, 0)
    artifact = tune(dataset, split, bank, _config(epochs=4, learning_rate=0.05), tmp_path)
    log = {line["step"]: line["validation_rmse"] for line in _log(tmp_path) if "validation_rmse" in line}
    assert artifact.training["best_step"] == min(log, key=lambda step: log[step])
    rows = split.rows(dataset)[1]
    strengths = artifact.predict([dataset.load(int(row)) for row in rows]).strengths
    rmse = float(np.sqrt(np.mean((strengths - dataset.strengths[rows]) ** 2)))
    assert rmse == pytest.approx(artifact.training["validation_rmse"], abs=1e-6) == min(log.values())


def test_early_stopping(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    config = _config(mode="full", prompt_length=0, epochs=50, warmup_epochs=0, learning_rate=1.0, patience=2)
    tune(dataset, make_split(dataset, 0), bank, config, tmp_path)
    rmse = [line["validation_rmse"] for line in _log(tmp_path) if "validation_rmse" in line]
    assert len(rmse) < 51
    assert min(rmse[-2:]) >= min(rmse[:-2])


def test_a_finished_run_is_loaded_and_another_run_refused(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    split = make_split(dataset, 0)
    first = tune(dataset, split, bank, _config(epochs=1), tmp_path)
    steps: list[TuneStep] = []
    again = tune(dataset, split, bank, _config(epochs=1), tmp_path, steps.append)
    assert again.hash == first.hash and not steps
    with pytest.raises(UserError, match="holds another tuning run"):
        tune(dataset, split, bank, _config(epochs=1, seed=4), tmp_path)


def test_a_loss_that_is_not_finite_stops_and_says_where(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    split = make_split(dataset, 0)
    bad = int(split.rows(dataset)[0][5])
    strengths = dataset.strengths.copy()
    config = _config(checkpoint_every=1)
    tune(dataset, split, bank, config, tmp_path / "good")

    class Poisoned(np.ndarray):
        """Passes the check of its range, and is not a number when the row is read."""

        def __getitem__(self, key: Any) -> Any:
            value = super().__getitem__(key)
            return np.full(3, np.nan, np.float32) if isinstance(key, int) and key == bad else value

    from exiqa.model.training import tune as tuning

    poisoned = strengths.view(Poisoned)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "checked_strengths", lambda *_: poisoned)
        with pytest.raises(UserError, match=f"at step .* loss of image '{dataset.table['image'].iloc[bad]}'"):
            tune(dataset, split, bank, config, tmp_path / "bad")
    log = _log(tmp_path / "bad")
    last = log[-1]["step"] if log else 0
    kept = tmp_path / "bad" / "training" / "checkpoint.safetensors"
    assert kept.exists() == (last > 0)
    if last:
        assert all(torch.isfinite(tensor).all() for tensor in load_file(kept).values())


def test_bad_input_is_one_sentence(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    split = make_split(dataset, 0)
    with pytest.raises(UserError, match="no image on the training side of toy has the distortion 'grey'"):
        empty = dataset.strengths * np.array([1, 1, 0], np.float32)
        tune(dataclasses.replace(dataset, strengths=empty), split, bank, _config(), tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="finds no CUDA GPU"):
            tune(dataset, split, bank, _config(device="cuda"), tmp_path)
        with pytest.raises(UserError, match="fp16"):
            tune(dataset, split, bank, _config(precision="fp16"), tmp_path)
    with pytest.raises(UserError, match=r"no\s+token sequence"):
        tune(dataset, split, bank, _config(backbone="open_clip:tiny-resnet/random"), tmp_path)


@pytest.mark.parametrize("mode", ["shallow", "deep", "full", "frozen"])
def test_each_mode_learns_what_it_says_and_nothing_else(
    mode: str, dataset: Dataset, bank: Bank, tmp_path: Path
) -> None:
    config = _config(mode=mode, prompt_length=3 if mode in ("shallow", "deep") else 0, epochs=1)
    model = tune(dataset, make_split(dataset, 0), bank, config, tmp_path).model
    learned = {name.split(".")[0] for name in load_file(tmp_path / "model.safetensors")}
    assert learned == {"shallow": {"tower", "head"}, "deep": {"tower", "head"}, "full": {"backbone", "head"}}.get(
        mode, set()
    )
    weights = model.head.weights()
    torch.testing.assert_close(weights.sum(dim=0), torch.ones(3))
    assert (weights >= 0).all() and (weights[~model.head.mask] == 0).all()


def test_bfloat16_runs_close_to_float32(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    losses = []
    for precision in ("no", "bf16"):
        tune(dataset, make_split(dataset, 0), bank, _config(precision=precision), tmp_path / precision)
        losses.append([line["loss"] for line in _log(tmp_path / precision) if "loss" in line])
    np.testing.assert_allclose(losses[0], losses[1], rtol=0.05)


def test_loader_processes_change_nothing(dataset: Dataset, bank: Bank, tmp_path: Path) -> None:
    for workers in (0, 1):
        tune(dataset, make_split(dataset, 0), bank, _config(epochs=1, workers=workers), tmp_path / str(workers))
    assert _log(tmp_path / "0") == _log(tmp_path / "1")
