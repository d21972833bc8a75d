"""The one exception that means "the user can mend this", and the one warning that means "the user should know this"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake or a circumstance that the user can mend.

    Its text is one sentence that says what was wrong, where, and what to do; commands print it without
    a traceback and exit with 1. Text that came from outside is passed through `exiqa.core.console.printable`
    where it is shown, so it may be put into the message as it is.
    """


class UsageError(UserError):
    """The options of a command contradict each other, or one is missing: the command ends with 2 and not with 1."""


class UserNotice(UserWarning):
    """Something that the user may not have meant, and that does not stop the work.

    Its text is one sentence, as a `UserError`'s is; commands print it to standard error and go on.
    """


def known_names(name: str, known: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the nearest known one, or with all of them."""
    names = list(known)
    if nearest := get_close_matches(name, names, n=1):
        return f"the nearest is {nearest[0]!r}"
    return f"there are {', '.join(names)}" if names else "there are none"
