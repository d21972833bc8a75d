"""Run by tests as a real process: one command of `exiqa`, killed before each of its operations on files in turn.

Every round has a copy of the folder that the command starts from, and a child process of its own which sends SIGKILL
to itself right before its n-th operation; n grows until one lives to the end. Then the command is run again, to its
end, in every copy.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def die_before(number: int, note: Path, folder: Path) -> None:
    """SIGKILL for this process before its `number`-th change of files in `folder` from here on (0 is the first)."""
    left = number

    def count(operation: str) -> None:
        nonlocal left
        if left == 0:
            handle = os.open(note, os.O_WRONLY | os.O_CREAT)
            os.write(handle, operation.encode())
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def inside(path: Any) -> bool:
        try:
            return Path(os.path.abspath(os.fsdecode(path))).is_relative_to(folder)
        except TypeError:
            return False  # an open file's number

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and arguments[2] & WRITING and inside(arguments[0]):
            count("open")
        elif event in ("os.rename", "os.remove", "os.mkdir") and inside(arguments[0]):
            count(event)

    sync = os.fsync

    def counted_sync(handle: int) -> None:
        count("fsync")
        sync(handle)

    os.fsync = counted_sync
    sys.addaudithook(hook)


def run(folder: Path, command: list[str], log: Path, kill: int | None) -> int:
    """The command in a child process in `folder`; its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    os.chdir(folder)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    from exiqa.cli import app

    if kill is not None:
        die_before(kill, log.with_suffix(".operation"), folder)
    app(command, prog_name="exiqa")
    os._exit(0)  # never reached: the command ends the process


def main(before: str, out: str, *command: str) -> None:
    """Copies of the folder `before` in `out`/0, `out`/1, …; what happened to each in `out`/rounds.json."""
    for module in ("exiqa.cli", *os.environ.get("PRELOAD", "").split()):
        import_module(module)  # once, before the children are forked

    base, rounds = Path(out).resolve(), []
    killed, number = True, 0
    while killed:
        folder = base / str(number)
        shutil.copytree(before, folder, symlinks=True)
        status = run(folder, list(command), base / f"{number}.log", number)
        killed = os.WIFSIGNALED(status)
        note = base / f"{number}.operation"
        if killed:
            status = run(folder, list(command), base / f"{number}.log", None)
        said = (base / f"{number}.log").read_text(errors="replace")
        rounds.append(
            {
                "killed": killed,
                "operation": note.read_text() if note.exists() else "",
                "code": os.waitstatus_to_exitcode(status),
                "said": said,
            }
        )
        number += 1
    (base / "rounds.json").write_text(json.dumps(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])
