"""Texts in the cache: sealed, so that a changed one is not taken for what was kept, and done without where need be."""

from __future__ import annotations

import warnings
from pathlib import Path

from exiqa.core.console import describe_os_error
from exiqa.core.errors import UserNotice
from exiqa.core.files import sha256_hex, write_text


def read_sealed(path: Path) -> str | None:
    """The text that `write_sealed` kept at `path`; None where there is none, or it is not as it was kept."""
    try:
        seal, _, text = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return text if seal == _seal(path, text) else None


def write_sealed(path: Path, text: str) -> None:
    """Keep a text; where it cannot be, a `UserNotice` says so."""
    try:
        write_text(path, f"{_seal(path, text)}\n{text}")
    except OSError as error:
        warnings.warn(
            f"the cache cannot be used and is done without: {describe_os_error(error)}", UserNotice, stacklevel=2
        )


def _seal(path: Path, text: str) -> str:
    return sha256_hex(f"{path.name}\n{text}")
