"""Run by tests as a real process: adds a regressor to copies of an artifact, each time killed a file operation later.

Every copy is made by a child process of its own, which sends SIGKILL to itself right before its n-th operation on
files; n grows until one lives to the end.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from model_toy import register_tiny_models

from exiqa.model.artifacts.artifact import Artifact

OPERATIONS = ("open", "os.rename", "os.remove", "os.chmod", "os.mkdir")


def die_before(number: int) -> None:
    """SIGKILL for this process before its `number`-th operation on files from here on (0 is the first)."""
    left = number

    def count() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sync = os.fsync

    def counted_sync(handle: int) -> None:
        count()
        sync(handle)

    os.fsync = counted_sync
    sys.addaudithook(lambda event, _: count() if event in OPERATIONS else None)


def main(before: str, fitted: str, name: str, out: str) -> None:
    """Copies of the folder `before` in `out`/0, `out`/1, …, with the regressor `name` of the folder `fitted`."""
    register_tiny_models()
    artifact = Artifact.from_pretrained(fitted)
    killed = True
    number = 0
    while killed:
        folder = Path(out) / str(number)
        shutil.copytree(before, folder)
        child = os.fork()
        if child == 0:
            die_before(number)
            artifact.save_regressor(folder, name)
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        number += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
