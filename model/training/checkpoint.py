"""The state of a tuning run, whole or absent: one safetensors file, so that a kill loses only the last steps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from exiqa.core.errors import UserError
from exiqa.core.files import write_bytes


@dataclass
class Checkpoint:
    """Everything a run needs to go on as if it had never stopped."""

    run: str
    """Hash of all that defines the run; another run's checkpoint is refused."""
    step: int
    """Steps done."""
    trained: dict[str, Tensor]
    """The learned tensors, by name."""
    best: dict[str, Tensor]
    """The same at the best validation so far; empty before the first."""
    optimiser: dict[str, Tensor]
    """AdamW's moments, by `NAME.KEY`."""
    progress: dict[str, Any]
    """Best validation, its step, the count towards early stopping, the loss scaler: JSON values."""


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write atomically."""
    groups = {"trained": checkpoint.trained, "best": checkpoint.best, "optimiser": checkpoint.optimiser}
    tensors = {
        f"{group}/{name}": tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for group, named in groups.items()
        for name, tensor in named.items()
    }
    about = {"run": checkpoint.run, "step": checkpoint.step, "progress": checkpoint.progress}
    write_bytes(path, save(tensors, metadata={"exiqa": json.dumps(about)}))


def load_checkpoint(path: Path, run: str) -> Checkpoint | None:
    """The checkpoint at `path`, or None where there is none.

    Args:
        path: The safetensors file.
        run: Hash of all that defines the run.

    Raises:
        UserError: It is damaged, or of another run.
    """
    if not path.is_file():
        return None
    groups: dict[str, dict[str, Tensor]] = {"trained": {}, "best": {}, "optimiser": {}}
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads(file.metadata()["exiqa"])
            for key in file.keys():  # noqa: SIM118 - safe_open is no mapping
                group, _, name = key.partition("/")
                groups[group][name] = file.get_tensor(key)
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is damaged ({error}); delete it to start the run anew") from None
    if about["run"] != run:
        raise UserError(
            f"{path.parent.parent} holds another tuning run (other data, bank, backbone or settings); "
            "give this one a folder of its own"
        )
    return Checkpoint(
        about["run"], about["step"], groups["trained"], groups["best"], groups["optimiser"], about["progress"]
    )
