"""How every command of every package talks: one error sentence, exit codes that mean something, safe text."""

from __future__ import annotations

import errno
import io
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit

from exiqa.core.errors import UsageError, UserError, UserNotice
from exiqa.core.signals import Terminated, sigterm_raises

# Control characters that are safe to show; everything else of category C (escape sequences, zero-width and
# right-to-left marks, private-use characters) is replaced, so that no text from outside can move the cursor,
# recolour the terminal or reorder what is read.
_SAFE_CONTROLS = {"\n", "\t"}


def printable(text: str) -> str:
    """`text` with every control, format, surrogate and private-use character shown as `\\x1b`, `\\u202e`, …"""
    if text.isprintable():
        return text  # nearly all text is, and looking at each character of a long one takes its time
    return "".join(
        character
        if character in _SAFE_CONTROLS or not unicodedata.category(character).startswith("C")
        else character.encode("unicode_escape").decode()
        for character in text
    )


def counted(number: int, noun: str) -> str:
    """ "1 bank", "2 banks"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


# A spreadsheet takes a cell that starts with one of these for a formula (the wide forms as well, in some languages).
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """`text` on one line, control characters visible; a ' in front makes text of what a spreadsheet would run."""
    line = " ".join(printable(text).split())
    return f"'{line}" if line.startswith(FORMULA) else line


def unsafe_cell(cell: str) -> str:
    """The text of which `safe_cell` made a cell, without the ' that it may have put in front."""
    return cell[1:] if cell.startswith(tuple(f"'{sign}" for sign in FORMULA)) else cell


def describe_os_error(error: OSError) -> str:
    """One sentence for a failed file operation: the system's reason, the file, and what to do."""
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0, "")
    return (f"{reason}: {error.filename}" if error.filename else reason) + advice


_ADVICE = {
    errno.ENOSPC: "; free some space on its disk and run the same command again to go on",
    errno.EDQUOT: "; your quota on its disk is used up: free some and run the same command again to go on",
    errno.EFBIG: "; the limit on a file's size (`ulimit -f`) is too small: raise it and run the same command again",
    errno.EROFS: "; name a folder that can be written to",
    errno.EACCES: "; check who may read and write it, or name another",
    errno.EMFILE: "; raise the limit on open files (`ulimit -n`) and run the same command again",
}
"""By the system's number of an error, what to do about it."""


def describe_fault(error: Exception) -> str:
    """One sentence for an error that nobody foresaw: what it is, and how it is reported."""
    first_line = (str(error).strip().splitlines() or ["no reason given"])[0]
    return (
        f"a fault of exiqa itself, {type(error).__name__}: {first_line[:300]}; to report it, run the same command with "
        "EXIQA_DEBUG=1 in the environment and send what it prints, with `exiqa --version`, to this project's issues"
    )


class FriendlyGroup(TyperGroup):
    """A command group whose commands end in one sentence, never in a traceback, when the user can mend it.

    Exit codes: 0 done, 1 the sentence says why not, 2 wrong usage (`UsageError` and click's own), 70 a fault of this
    program, 130 stopped by Ctrl-C, 143 by SIGTERM. With `EXIQA_DEBUG=1` in the environment tracebacks are shown.
    """

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **more: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            # Where the terminal has no letter for it, a character is shown as `printable` shows unprintable ones. Set
            # before anything is parsed, since help is printed then.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        with _printable_usage():
            return super().make_context(info_name, args, parent, **more)

    def invoke(self, ctx: Any) -> Any:
        if ctx.parent is not None:
            return super().invoke(ctx)  # a group within the command: the outermost speaks
        if os.environ.get("EXIQA_DEBUG") == "1":
            with _notices(), sigterm_raises(), _printable_usage():
                return super().invoke(ctx)
        try:
            with _notices(), sigterm_raises(), _printable_usage():
                return super().invoke(ctx)
        except (ClickException, Exit, Abort):
            raise  # click's own: wrong usage, and an end that was asked for
        except UserError as error:
            raise _fail(str(error), 2 if isinstance(error, UsageError) else 1) from None
        except BrokenPipeError:
            # The reader of our output has gone (`| head`): nothing is wrong, and nobody is left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            raise _fail(describe_os_error(error), 1) from None
        except Terminated:
            raise _fail("stopped by SIGTERM; run the same command again to go on", 143) from None
        except KeyboardInterrupt:
            raise _fail("stopped by Ctrl-C; run the same command again to go on", 130) from None
        except MemoryError:
            raise _fail("there is not enough memory for this; give it more, or less to do at once", 1) from None
        except Exception as error:
            raise _fail(describe_fault(error), 70) from None


@contextmanager
def _printable_usage() -> Iterator[None]:
    """click's own sentences about wrong usage quote what was typed; they are shown as all text is."""
    try:
        yield
    except ClickException as error:
        sentence = printable(error.format_message())
        error.format_message = lambda: sentence  # type: ignore[method-assign]
        raise


@contextmanager
def _notices() -> Iterator[None]:
    """Show every `UserNotice` as its sentence, once; other warnings as they are."""
    with warnings.catch_warnings():
        shown = warnings.showwarning
        told: set[str] = set()

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if not issubclass(category, UserNotice):
                shown(message, category, *where, **more)
            elif str(message) not in told:  # Python's own "once" is once a line of the program
                told.add(str(message))
                print(f"Warning: {printable(str(message))}", file=sys.stderr)

        warnings.showwarning = show
        warnings.simplefilter("always", UserNotice)
        yield


_LONGEST_SENTENCE = 2000
"""Characters of an error; lists of names are the longest that are meant."""


def _fail(sentence: str, code: int) -> typer.Exit:
    if len(sentence) > _LONGEST_SENTENCE:  # it quotes a file's content
        sentence = f"{sentence[: _LONGEST_SENTENCE // 2]} … {sentence[-_LONGEST_SENTENCE // 4 :]}"
    print(f"Error: {printable(sentence)}", file=sys.stderr)
    return typer.Exit(code)


def new_app(help: str) -> typer.Typer:
    """A Typer app with this project's manners. Tracebacks never show local variables: keys live there."""
    return typer.Typer(
        cls=FriendlyGroup,
        help=help,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
