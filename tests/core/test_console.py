"""How commands talk: safe text, one sentence, and exit codes."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from exiqa.core.console import new_app, printable
from exiqa.core.errors import UserError, UserNotice


@given(st.text())
def test_printable_leaves_no_control_character(text):
    shown = printable(text)
    assert not any(unicodedata.category(c).startswith("C") and c not in "\n\t" for c in shown)


def test_printable_keeps_ordinary_text_and_shows_the_rest():
    assert printable("σ = 2, grün, 写真\n") == "σ = 2, grün, 写真\n"
    assert printable("\x1b[31mred\u202e") == "\\x1b[31mred\\u202e"


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UserError("no \x1b[2J here"), 1, "Error: no \\x1b[2J here\n"),
        (
            PermissionError(13, "Permission denied", "banks/x.json"),
            1,
            "Error: Permission denied: banks/x.json; check who may read and write it, or name another\n",
        ),
        (
            OSError(28, "No space left on device", "a.json"),
            1,
            "Error: No space left on device: a.json; free some space on its disk and run the same command again to "
            "go on\n",
        ),
        (KeyboardInterrupt(), 130, "Error: stopped by Ctrl-C; run the same command again to go on\n"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(error, code, sentence):
    app = new_app("Test.")

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None:
        pass

    result = CliRunner().invoke(app, ["fail"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, sentence, "")
    assert CliRunner().invoke(app, ["fail", "--no-such-option"]).exit_code == 2


def test_a_reader_that_stops_reading_is_no_error():
    many = subprocess.Popen(
        [sys.executable, "-c", "from exiqa.cli import main; main()", "bank", "diff", "kadid10k@1", "tid2013@1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert many.stdout is not None
    assert many.stderr is not None
    many.stdout.close()
    assert many.stderr.read() == ""
    many.wait(timeout=60)


def test_a_notice_is_told_once_and_what_was_typed_wrong_is_printable(capfd):
    app = new_app("help")

    @app.command()
    def one(number: int) -> None:
        for _ in range(3):
            warnings.warn("the cache is done without", UserNotice, stacklevel=1)
        warnings.warn("the cache is done without", UserNotice, stacklevel=1)  # from another line

    @app.command()
    def other() -> None:
        pass

    app(["one", "1"], standalone_mode=False)
    assert capfd.readouterr().err == "Warning: the cache is done without\n"
    for typed in (["one", "\x1b[2J\u202e"], ["other", "\x1b[2J\u202e"], ["\x1b[2J\u202e"], ["--\x1b[2J\u202e"]):
        said = CliRunner().invoke(app, typed).output
        assert not {"\x1b", "\u202e"} & set(said)
