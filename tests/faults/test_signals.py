"""SIGTERM, Ctrl-C and SIGKILL at real processes with workers: a sentence, an exit code, nobody left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from bench_tiny_suite import TINY
from PIL import Image

from .conftest import Tally
from .parts import whole
from .processes import left_behind, start, wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "noise.png")
    return folder


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGTERM, 143, "Error: stopped by SIGTERM; run the same command again to go on\n"),
        (signal.SIGINT, 130, "Error: stopped by Ctrl-C; run the same command again to go on\n"),
        (signal.SIGKILL, -signal.SIGKILL, ""),
    ],
)
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_stopped_synthesis_leaves_no_worker(
    photos: Path, tmp_path: Path, tally: Tally, sent: signal.Signals, code: int, said: str, whole_group: bool
) -> None:
    out = tmp_path / "set"
    process = start(["data", "synth", "--pristine", photos, "--out", out, "--repeats", "5000", "--jobs", "2"])
    assert wait_until(lambda: len(list(out.rglob("[0-9]*.png"))) >= 4 or process.poll() is not None)
    assert len(left_behind(process)) >= 2, "it has workers"
    # `timeout` and a terminal's Ctrl-C reach the workers too.
    (os.killpg if whole_group else os.kill)(process.pid, sent)
    process.wait(timeout=30)
    assert wait_until(lambda: not left_behind(process), 10), left_behind(process)
    errors = process.communicate()[1]
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert errors.endswith(said)
    tally("signals", 1, [])


def test_sigterm_before_anything_is_at_work_is_no_traceback() -> None:
    process = start(["data", "list"])
    process.send_signal(signal.SIGTERM)
    assert "Traceback" not in process.communicate(timeout=60)[1]


@whole
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_benchmark_leaves_no_worker(tmp_path: Path, tally: Tally, sent: signal.Signals, code: int) -> None:
    """Its workers tune models, and are large."""
    (tmp_path / "tiny.toml").write_text(TINY.replace("mine@1", "lvq@1"))
    process = start(["bench", "run", "tiny.toml", "--jobs", "2"], cwd=tmp_path, OMP_NUM_THREADS="1")
    assert wait_until(lambda: len(left_behind(process)) >= 2 or process.poll() is not None)
    os.kill(process.pid, sent)
    process.wait(timeout=30)
    assert wait_until(lambda: not left_behind(process), 10), left_behind(process)
    errors = process.communicate()[1]
    assert process.returncode == code and "Traceback" not in errors, errors
    assert "run the same command again to go on" in errors.splitlines()[-1]
    tally("signals", 1, [])
