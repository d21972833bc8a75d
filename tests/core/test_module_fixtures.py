"""What the fixtures of a module make is made once, in however many processes the tests run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
import importlib.util
spec = importlib.util.spec_from_file_location("shared", {path!r})
shared = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shared)
pytest_xdist_make_scheduler = shared.pytest_xdist_make_scheduler
"""
MODULE = """
import pathlib, pytest
@pytest.fixture(scope="module")
def made(tmp_path_factory):
    (pathlib.Path(__file__).parent / tmp_path_factory.getbasetemp().name).touch()
@pytest.mark.parametrize("number", range(8))
def test_it(made, number):
    pass
"""
OTHERS = """
import pathlib, pytest
@pytest.mark.parametrize("number", range(8))
def test_it(tmp_path_factory, number):
    (pathlib.Path(__file__).parent / tmp_path_factory.getbasetemp().name).touch()
"""


@pytest.mark.parametrize(("module", "processes"), [(MODULE, 1), (OTHERS, 2)])
def test_one_process_runs_a_module_that_has_some(tmp_path: Path, module: str, processes: int) -> None:
    (tmp_path / "test_module.py").write_text(module)
    (tmp_path / "conftest.py").write_text(CONFTEST.format(path=str(Path(__file__).parents[1] / "conftest.py")))
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "--dist", "loadgroup", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    assert len(list(tmp_path.glob("popen-*"))) == processes
