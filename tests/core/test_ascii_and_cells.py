"""Text where it may be taken for a command: a terminal without the letters, a spreadsheet's cell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exiqa.core.console import FORMULA, safe_cell, unsafe_cell

COMMANDS = [
    ["--help"],
    ["bank", "list"],
    ["bank", "show", "lvq", "-d", "smoke"],
    ["data", "list"],
    ["bank", "show", "no–bank"],
    ["assess", str(Path(__file__).parents[1] / "no–photo.png")],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_terminal_of_ascii_is_no_traceback(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from exiqa.cli import main; main()", *command],
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, timeout=60,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert done.returncode == (1 if "no–" in command[-1] else 0)


@given(st.one_of(st.text(), st.builds(str.__add__, st.sampled_from((*FORMULA, "'", "'=")), st.text())))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(FORMULA)
    assert "\n" not in cell


@pytest.mark.parametrize("text", ["=cmd()", "-a dark veil", "+1", "@home", "'quoted'", "plain", "＝1"])
def test_a_cell_is_read_back(text: str) -> None:
    assert unsafe_cell(safe_cell(text)) == text
