"""Tuning and fitting killed at each of their operations on files: run again, they end as if undisturbed."""

from __future__ import annotations

import shutil
from pathlib import Path

from .conftest import Tally
from .kills import killed_everywhere, same_files
from .own_data import REGRESS, TUNE, make_own_data
from .parts import whole
from .processes import start

PRELOAD = "torch accelerate safetensors.torch pandas scipy.stats exiqa.model.training.tune"


def _but_for_boards(undisturbed: dict[str, bytes], killed: dict[str, bytes]) -> list[str]:
    """TensorBoard's files are named after the time; what else a run leaves is the same, whoever was killed."""
    both = ({n: c for n, c in files.items() if "tensorboard" not in n} for files in (undisturbed, killed))
    return same_files(*both)


@whole
def test_tune(tmp_path: Path, tally: Tally) -> None:
    make_own_data(tmp_path / "before")
    kills, failures = killed_everywhere(
        tmp_path / "before", tmp_path / "out", list(TUNE), _but_for_boards, PRELOAD=PRELOAD, OMP_NUM_THREADS="1"
    )
    tally("kills", kills, failures)


@whole
def test_regress(tmp_path: Path, tally: Tally) -> None:
    make_own_data(tmp_path / "before")
    process = start(TUNE, cwd=tmp_path / "before")
    assert process.wait(timeout=600) == 0, process.communicate()[1]
    shutil.rmtree(tmp_path / "before" / "model" / "training" / "tensorboard", ignore_errors=True)
    kills, failures = killed_everywhere(
        tmp_path / "before", tmp_path / "out", list(REGRESS), _but_for_boards, PRELOAD=PRELOAD, OMP_NUM_THREADS="1"
    )
    tally("kills", kills, failures)
