"""The devices and processes that a tuning run is spread over, as accelerate sees them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exiqa.core.errors import UserError
from exiqa.model.config import TuneConfig
from exiqa.model.device import device_for
from exiqa.model.training.trackers import check_trackers

if TYPE_CHECKING:
    from accelerate import Accelerator


def make_accelerator(config: TuneConfig, trackers: Sequence[str] = (), out: Path | None = None) -> Accelerator:
    """The accelerate launcher's view of devices and processes, with this run's precision and trackers.

    Raises:
        UserError: CUDA is asked for and absent, the device cannot do the precision, or a tracker is not installed.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    check_trackers(trackers)
    cpu = device_for(config.device).type == "cpu"
    if config.precision == "fp16" and cpu:
        raise UserError("precision 'fp16' needs a CUDA GPU; use bf16 or no")
    # accelerate keeps the first precision of a process; a second run in it may want another.
    AcceleratorState._reset_state()
    return Accelerator(
        cpu=cpu,
        mixed_precision=config.precision,
        log_with=list(trackers) or None,
        project_dir=str(out / "training" / "trackers") if trackers and out else None,
    )
