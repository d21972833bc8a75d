"""Two processes at work in the same folder: one is refused in a sentence, or both have their work kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_tiny_suite import TINY
from chat_server import ChatServer

from exiqa.bank.exchange.import_export import export_file
from exiqa.bank.storage.store import load_bank

from .conftest import Tally
from .own_data import REGRESS, TUNE, make_own_data
from .parts import whole
from .processes import start, wait_until
from .test_kills_of_runs import SYNTH, few_distortions, photos

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


def test_two_imports(tmp_path: Path, tally: Tally) -> None:
    """Of other banks under one name: each gets a version."""
    for name, bank in (("one", "csiq@1"), ("other", "lvq@1")):
        export_file(load_bank(bank), tmp_path / f"{name}.csv")
    names = (("one", "csiq"), ("other", "lvq"))
    both = [start(["bank", "import", f"{n}.csv", "--taxonomy", t, "--name", "mine"], cwd=tmp_path) for n, t in names]
    failures = [p.communicate()[1] for p in both if p.wait(timeout=300) != 0]
    kept = {load_bank(f"mine@{number}", tmp_path / "banks").taxonomy.id for number in (1, 2)}
    failures += [f"kept are {kept}"] * (kept != {"csiq", "lvq"})
    tally("two at once", 2, failures + _left(tmp_path / "banks"))


def _left(folder: Path) -> list[str]:
    return [f"{path.name} is left" for path in folder.rglob(".*") if path.is_file()]


def _one_is_refused(command: list[object], folder: Path, at_work: Callable[[], bool], said: str) -> list[str]:
    """What does not hold where a command is started while another is at it."""
    first = start(command, cwd=folder, OPENAI_API_KEY="sk-of-nobody")
    assert wait_until(lambda: at_work() or first.poll() is not None)
    second = start(command, cwd=folder, OPENAI_API_KEY="sk-of-nobody")
    errors = second.communicate(timeout=300)[1]
    found = [] if second.returncode == 1 and said in errors else [f"the second: {second.returncode}: {errors}"]
    whole_errors = first.communicate(timeout=300)[1]
    return found + [f"the first: {whole_errors}"] * (first.returncode != 0)


@whole
def test_two_syntheses(tmp_path: Path, tally: Tally) -> None:
    photos(tmp_path / "photos")
    command = [*SYNTH, "--repeats", "200", "--jobs", "1"]
    lock = tmp_path / "set" / ".lock"
    failures = _one_is_refused(command, tmp_path, lock.exists, "another call is making the set in")
    tally("two at once", 2, failures + _left(tmp_path / "set"))


@whole
def test_two_generations(tmp_path: Path, chat_server: ChatServer, tally: Tally) -> None:
    few_distortions(tmp_path / "few.toml", "jpeg")
    chat_server.delay = 3
    command = ["attrgen", "generate", "few.toml", "--llm", f"openai:m@{chat_server.url}", "--bank", "mine", "--k", "1"]
    failures = _one_is_refused(command, tmp_path, lambda: bool(chat_server.asked), "Error: another ")
    tally("two at once", 2, failures + _left(tmp_path / "banks"))


@whole
def test_two_benchmarks(tmp_path: Path, tally: Tally) -> None:
    head = TINY.partition("[datasets.mini-csiq]")[0].replace("mine@1", "lvq@1")
    cells = '[[cells]]\nprotocol = "identification"\ntest = ["mini-lvq"]\nmethods = ["prior", "exiqa"]\n'
    (tmp_path / "tiny.toml").write_text(head + cells)
    failures = _one_is_refused(
        ["bench", "run", "tiny.toml"], tmp_path, lambda: bool(list(tmp_path.rglob(".lock"))),
        "another run is at work in",
    )  # fmt: skip
    tally("two at once", 2, failures)
