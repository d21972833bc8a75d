"""Trackers of a tuning run: TensorBoard, Weights & Biases and MLflow, through accelerate's `log_with`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exiqa.core.errors import UserError
from exiqa.model.config import TuneConfig

if TYPE_CHECKING:
    from accelerate import Accelerator
    from accelerate.tracking import GeneralTracker

TRACKERS = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow"}
"""accelerate's name of a tracker -> the module that it needs, and the package that brings it."""

PROJECT = "exiqa"
RUN_TAG = "exiqa.run"
"""The tag of an MLflow run that holds the hash of ours."""


def check_trackers(names: Sequence[str]) -> None:
    """Whether every tracker is known and installed: accelerate passes over one that is not.

    Raises:
        UserError: One is not.
    """
    for name in names:
        if name not in TRACKERS:
            raise UserError(f"there is no tracker {name!r}; there are {', '.join(TRACKERS)}")
        if find_spec(TRACKERS[name]) is None:
            raise UserError(f"the tracker {name!r} is not installed: pip install {TRACKERS[name]}")


def start_trackers(
    accelerator: Accelerator, config: TuneConfig, run: str, out: Path, step: int
) -> list[GeneralTracker]:
    """Start those that the accelerator was made with, and tell them the settings.

    Args:
        accelerator: Made with `log_with`.
        config: The run's settings.
        run: Its hash, by which Weights & Biases and MLflow find an interrupted run again and go on with it.
        out: The artifact's folder; its name is the run's.
        step: Steps done: TensorBoard drops what was logged beyond.

    Raises:
        UserError: One cannot be started: no login, no network, a store that it refuses.
    """
    if not accelerator.log_with:
        return []
    options: dict[str, dict[str, Any]] = {
        "tensorboard": {"purge_step": step + 1},
        "wandb": {"name": out.name, "id": run[:16], "resume": "allow", "dir": str(out / "training")},
        "mlflow": {"run_name": out.name, "tags": {RUN_TAG: run}},
    }
    try:
        if step and "mlflow" in map(str, accelerator.log_with):
            options["mlflow"]["run_id"] = _mlflow_run(run)
        accelerator.init_trackers(PROJECT, None if step else config.model_dump(), options)
    except Exception as error:  # each tracker's library has errors of its own
        names = ", ".join(str(name) for name in accelerator.log_with)
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UserError(f"a tracker cannot be started (asked for: {names}): {reason}") from error
    return list(accelerator.trackers)


def _mlflow_run(run: str) -> str | None:
    """MLflow's own id of the last run with our hash; None where it has none, as in another store."""
    import mlflow

    experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT)  # as accelerate chooses it
    query = f"tags.`{RUN_TAG}` = '{run}'"
    runs = mlflow.search_runs(experiment_names=[experiment], filter_string=query, max_results=1, output_format="list")
    return runs[0].info.run_id if runs else None
