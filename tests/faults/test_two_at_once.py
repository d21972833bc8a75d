"""Two processes at work in the same folder: one is refused in a sentence, or both have their work kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from .conftest import Tally
from .own_data import REGRESS, TUNE, make_own_data
from .processes import start, wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="real processes in sessions")


def test_two_tunings_and_two_regressors(tmp_path: Path, tally: Tally) -> None:
    make_own_data(tmp_path)
    first = start(TUNE, cwd=tmp_path)
    assert wait_until(lambda: (tmp_path / "model" / ".lock").exists() or first.poll() is not None)
    second = start(TUNE, cwd=tmp_path)
    said = second.communicate(timeout=300)[1]
    refused = second.returncode == 1 and "Error: another process is tuning a model in model; wait for it" in said
    assert first.wait(timeout=300) == 0, first.communicate()[1]
    both = [start([*REGRESS, "--name", name], cwd=tmp_path) for name in ("one", "other")]
    for process in both:
        assert process.wait(timeout=300) == 0, process.communicate()[1]
    kept = set(json.loads((tmp_path / "model" / "config.json").read_text())["regressors"])
    left = [path.name for path in (tmp_path / "model").rglob(".*")]
    failures = [f"the second ended with {second.returncode}: {said}"] * (not refused)
    failures += [f"kept are {kept}"] * (kept != {"one", "other"}) + [f"left are {left}"] * bool(left)
    tally("two at once", 2, failures)
