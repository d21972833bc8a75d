"""Commands killed at each of their operations on files, and what the same command makes of that when run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SCRIPT = Path(__file__).with_name("kill_script.py")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones included."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def killed_everywhere(
    before: Path,
    out: Path,
    command: list[str],
    differences: Callable[[dict[str, bytes], dict[str, bytes]], list[str]],
    **environment: str,
) -> tuple[int, list[str]]:
    """Kill a command before each of its operations in turn and run it again.

    Args:
        before: The folder that it starts in.
        out: An empty folder.
        command: What follows `exiqa`.
        differences: What two trees should not differ in, in words: of an undisturbed run and of one that was killed.
        **environment: On top of this process's own.

    Returns:
        How many kills there were, and what did not hold, in words.
    """
    out.mkdir()
    subprocess.run(
        [sys.executable, SCRIPT, before, out, *command], check=True, timeout=900, env={**os.environ, **environment}
    )
    rounds = json.loads((out / "rounds.json").read_text())
    *killed, whole = rounds
    assert whole["code"] == 0, whole["said"]
    undisturbed = tree(out / str(len(killed)))
    failures = []
    for number, each in enumerate(killed):
        where = f"killed before {each['operation']} ({number}): "
        if each["code"] != 0 or "Traceback" in each["said"]:
            failures.append(f"{where}run again it ended with {each['code']}: {each['said'][-500:]}")
        failures += [where + what for what in differences(undisturbed, tree(out / str(number)))]
    return len(killed), failures


def same_files(undisturbed: dict[str, bytes], killed: dict[str, bytes]) -> list[str]:
    """Where two trees differ: files that one lacks, or whose bytes are others.

    A hidden lock that its holder was killed with says nothing and holds nobody up.
    """
    found = [f"{name} is left" for name in killed.keys() - undisturbed.keys() if not name.endswith("/.lock")]
    found += [f"{name} is missing" for name in undisturbed.keys() - killed.keys()]
    return found + [f"{n} differs" for n in undisturbed.keys() & killed.keys() if undisturbed[n] != killed[n]]
