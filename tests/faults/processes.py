"""Real processes of the program, each in a session of its own, so that whatever it leaves behind can be found."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# A test run in the background ignores Ctrl-C, and its children would inherit that; a user's shell does not.
ENTRY = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from exiqa.cli import main; main()"


def start(arguments: Sequence[object], cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
    """`exiqa ARGUMENTS`, its output in pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", ENTRY, *map(str, arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
        cwd=cwd, start_new_session=True, env={**os.environ, **environment},
    )  # fmt: skip


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    """Whether `condition` came true in so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def left_behind(process: subprocess.Popen[str]) -> list[int]:
    """The ids of the processes of that one's session which still live."""
    return [id for id in _in_session(process) if id != process.pid]


def command_lines(process: subprocess.Popen[str]) -> list[str]:
    """Of that process and the others of its session, as `ps` shows them to everybody."""
    lines = []
    for id in _in_session(process):
        try:
            lines.append(Path(f"/proc/{id}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return lines


def _in_session(process: subprocess.Popen[str]) -> list[int]:
    alive = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue  # it has ended meanwhile
            if int(session) == process.pid and state not in "ZX":
                alive.append(int(entry.name))
    return alive
