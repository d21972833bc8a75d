"""SIGTERM, which batch systems, `timeout` and `kill` send, taken as Ctrl-C is: work is broken off, not torn down."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

WATCH = "end-with-parent"
"""Name of the thread that `end_with_parent` starts."""


class Terminated(KeyboardInterrupt):
    """SIGTERM has come: what heeds Ctrl-C heeds it too."""


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """Raise `Terminated` in the main thread where SIGTERM comes; where something else handles it already, nothing.

    Processes that are forked meanwhile (a data loader's) keep the system's own way: they just end.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    owner = os.getpid()

    def handle(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        # `timeout` sends it twice, to the process and to its group: the second must not break off the clearing up.
        signal.signal(number, signal.SIG_IGN)
        raise Terminated

    signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_with_parent(seconds: float = 1.0) -> None:
    """Have this process end when its parent has, even by SIGKILL, which leaves the parent no time to stop its workers.

    Args:
        seconds: Between two looks at the parent.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, name=WATCH, daemon=True).start()
