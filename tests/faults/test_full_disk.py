"""A full disk: one sentence that names the file, nothing half-written; with space again, the same command goes on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from chat_server import ChatServer
from made_run import made_records

from exiqa.bank.exchange.import_export import export_file
from exiqa.bank.storage.store import load_bank
from exiqa.bench.cells.record import write_record

from .conftest import Tally
from .own_data import DATASET, TUNE, make_own_data
from .parts import whole
from .test_kills_of_runs import few_distortions

# A small disk of its own in a mount namespace of its own; then it grows.
SCRIPT = """
mount -t tmpfs -o size={room}k tmpfs disk && cp -a before/. disk && cd disk || exit 77
{command}
echo "code $?" >&2
mount -o remount,size=256m . || exit 77
find . -type f | sort > ../left.txt
{command} >/dev/null
code=$?
find . -name '.*' ! -name . > ../hidden.txt
exit $code
"""


def on_a_full_disk(folder: Path, room: int, command: Sequence[object]) -> tuple[str, int, str]:
    """What the command says where only `room` KiB are there (`folder`/before is copied first), and how it ends later.

    Returns:
        Its standard error with its exit code, the exit code of the same command after the disk has grown, and the
        hidden files that are there then.
    """
    (folder / "disk").mkdir()
    line = shlex.join([sys.executable, "-c", "from exiqa.cli import main; main()", *map(str, command)])
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", SCRIPT.format(room=room, command=line)],
        cwd=folder, capture_output=True, text=True, timeout=600,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
    )  # fmt: skip
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be had here: {done.stderr}")
    return done.stderr, done.returncode, (folder / "hidden.txt").read_text()


def check(said: str, file: str) -> None:
    """One sentence that names the file and what to do."""
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, said
    assert "No space left on device: " in errors[0] and file in errors[0], errors
    assert "free some space on its disk and run the same command again to go on" in errors[0]
    assert "code 1\n" in said


@pytest.fixture
def before(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    make_own_data(tmp_path / "before")
    return tmp_path / "before"


def used(folder: Path) -> int:
    """KiB that the files of a folder take up on a disk of pages."""
    return sum(4 * -(-path.stat().st_size // 4096) for path in folder.rglob("*") if path.is_file())


def test_import(tmp_path: Path, before: Path, tally: Tally) -> None:
    export_file(load_bank("kadid10k@1"), before / "whole.csv")
    command = ["bank", "import", "whole.csv", "--taxonomy", "kadid10k", "--name", "other"]
    said, code, hidden = on_a_full_disk(tmp_path, used(before) + 8, command)
    check(said, "banks/other@1.json")
    assert (code, hidden) == (0, "")
    tally("full disks", 1, [])


@pytest.mark.parametrize("room", [4, pytest.param(3000, marks=whole), pytest.param(52000, marks=whole)])
def test_tune(tmp_path: Path, before: Path, tally: Tally, room: int) -> None:
    """The log, the first checkpoint, the model."""
    said, code, hidden = on_a_full_disk(tmp_path, used(before) + room, TUNE)
    check(said, "model/")
    assert (code, hidden) == (0, "")
    tally("full disks", 1, [])


@whole
@pytest.mark.parametrize("room", [4, 200])
def test_regress(tmp_path: Path, before: Path, tally: Tally, room: int) -> None:
    """Nothing of the new model fits, or a part of it."""
    command = ["model", "regress", "exiqa-mini", DATASET, "--out", "scored"]
    said, code, hidden = on_a_full_disk(tmp_path, used(before) + room, command)
    check(said, "scored")
    assert (code, hidden) == (0, "")
    tally("full disks", 1, [])


@whole
def test_generation(tmp_path: Path, chat_server: ChatServer, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transcript's draft, which grows with every answer."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-nobody")
    (tmp_path / "cache").mkdir()
    few_distortions(tmp_path / "before" / "few.toml", "jpeg", "pixelate")
    llm = f"openai:m@{chat_server.url}"
    command = ["attrgen", "generate", "few.toml", "--llm", llm, "--bank", "mine", "--k", "2"]
    said, code, hidden = on_a_full_disk(tmp_path, used(tmp_path / "before") + 8, command)
    check(said, "banks/mine")
    assert (code, hidden) == (0, "")
    tally("full disks", 1, [])


@whole
def test_report(tmp_path: Path, tally: Tally) -> None:
    (tmp_path / "cache").mkdir()
    for record, frame in made_records(["kadid10k", "tid2013"], 2):
        write_record(tmp_path / "before" / "runs", record, frame)
    command = ["bench", "report", "runs", "--out", "report"]
    said, code, hidden = on_a_full_disk(tmp_path, used(tmp_path / "before") + 60, command)
    check(said, "report/")
    assert (code, hidden) == (0, "")
    tally("full disks", 1, [])
