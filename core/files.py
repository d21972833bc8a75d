"""Files that are either whole or absent, and hashes that do not depend on the machine."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from exiqa.core.errors import UserError


def sha256_hex(data: bytes | str) -> str:
    """SHA-256 of bytes, or of a text's UTF-8 form, as 64 hex digits."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """The one JSON text of a value (keys sorted, no spaces, UTF-8 kept): what every content hash is taken of.

    Raises:
        ValueError: The value holds a NaN or an infinity, which JSON does not have.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def readable_json(value: Any) -> str:
    """A JSON text for a file that people read and compare: keys sorted, a container of plain values a line.

    Raises:
        ValueError: The value holds a NaN or an infinity, which JSON does not have.
    """
    return _unfolded(value, indent=0) + "\n"


def _unfolded(value: Any, indent: int) -> str:
    """JSON in which a container without further containers in it stands on one line, all others are unfolded."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if not any(isinstance(item, dict | list) and item for item in items):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    pad, close = " " * (indent + 1), " " * indent
    if isinstance(value, dict):
        rows = (f"{json.dumps(key, ensure_ascii=False)}: {_unfolded(value[key], indent + 1)}" for key in sorted(value))
        opening, closing = "{", "}"
    else:
        rows = (_unfolded(item, indent + 1) for item in value)
        opening, closing = "[", "]"
    body = ",\n".join(pad + row for row in rows)
    return f"{opening}\n{body}\n{close}{closing}"


# A whole pair is passed over, as is every other escape, so that what remains stands alone.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(?P<lone>\\u[dD][89a-fA-F]\w\w)|\\.", re.DOTALL | re.ASCII
)


def parse_json(text: str) -> Any:
    """The value of a JSON text that a file holds.

    Raises:
        json.JSONDecodeError: The text is no JSON, is nested deeper than Python can follow, has a number of thousands of
            digits, NaN or an infinity, or half of a character (a lone surrogate such as `\\ud800`): Python's reader
            lets that through, but no UTF-8 file, hash or terminal can hold it.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise json.JSONDecodeError("it is nested too deep", text, 0) from None
    except ValueError as error:
        raise json.JSONDecodeError(str(error), text, 0) from None
    for escape in _ESCAPE.finditer(text):
        if escape["lone"]:
            raise json.JSONDecodeError(f"{escape['lone']} is half a character", text, escape.start())
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def whole_characters(text: str) -> str:
    """The text with every lone surrogate replaced by `?`."""
    return text.encode("utf-8", "replace").decode()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to; on success it is synced and renamed to `path`.

    Whatever happens in between (an exception, a full disk, kill -9), `path` holds its old content or the
    new one, never a part. The parent folder is created. The temporary name keeps the suffix, since many
    writers choose the format by it; what a killed process left under it, the next one that writes `path` takes over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = _open_temporary(path)
    try:
        with named_errors(path):
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            # Some writers make the file anew, for its owner alone.
            temporary.chmod(stat.S_IMODE(os.fstat(handle).st_mode))
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)  # only now: while it is open and locked, no other process takes the name


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Give the errors of writing `path` its name: a full disk's own has none, and safetensors' is no OSError at all.

    Raises:
        OSError: What went wrong, its `filename` the path.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or (error.filename and not _is_temporary_of(path, error.filename)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from None
    except Exception as error:
        # As Rust writes the system's errors: "I/O error: No space left on device (os error 28)".
        number = re.search(r"\(os error (\d+)\)", str(error))
        if not number:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None


def _is_temporary_of(path: Path, name: str | bytes) -> bool:
    return Path(os.fsdecode(name)).name.startswith(f".{path.stem}.")


def _open_temporary(path: Path) -> tuple[int, Path]:
    """An empty file beside `path` that no other process writes to, open and locked, with the user's default mode."""
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    # A link under that name is not followed: in a folder that others write to, it might be a trap.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = None
    try:
        handle = os.open(temporary, flags, 0o666)
        if _lock(handle) and os.fstat(handle).st_nlink == 1 and os.path.samestat(os.fstat(handle), temporary.lstat()):
            os.ftruncate(handle, 0)
            return handle, temporary
    except (FileNotFoundError, PermissionError, InterruptedError, BlockingIOError):
        if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    if handle is not None:
        os.close(handle)
    # Another process is writing the same file right now, or the name is not ours to take.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp{path.suffix}")
    return os.open(temporary, flags | os.O_EXCL, 0o666), temporary


def _lock(handle: int) -> bool:
    """Lock an open file for this process, if no other has it; the system undoes that when the file is closed."""
    try:
        import fcntl
    except ImportError:  # Windows, where nobody can remove or replace a file that is open anyway
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically (see `atomic_path`)."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically (see `atomic_path`)."""
    write_bytes(path, text.encode())


def cache_dir() -> Path:
    """The user's cache folder for exiqa (`$XDG_CACHE_HOME/exiqa`, else `~/.cache/exiqa`); not created here."""
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "exiqa"


@contextmanager
def locked(lock: Path, seconds: float = -1) -> Iterator[None]:
    """Hold a lock that no two processes have at once.

    Args:
        lock: The lock file, which is there while the lock is held; its folder is created if need be.
        seconds: How long to wait for another process; -1 waits until it has ended.

    Raises:
        TimeoutError: Another process has the lock.
    """
    from filelock import FileLock

    lock.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(lock)
    held.acquire(timeout=seconds, poll_interval=0.02)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # while it is held: whoever waits sees that the file has gone, and makes its own
        held.release()


@contextmanager
def only_one(lock: Path, otherwise: str) -> Iterator[None]:
    """Hold a lock that no two processes have at once, or refuse to.

    Args:
        lock: As of `locked`.
        otherwise: The sentence of the error.

    Raises:
        UserError: Another process has the lock.
    """
    with ExitStack() as stack:
        try:
            # Not 0: one that has just ended may still be about to remove its file.
            stack.enter_context(locked(lock, seconds=0.2))
        except TimeoutError:
            raise UserError(otherwise) from None
        yield
