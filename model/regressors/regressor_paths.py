"""Where in an artifact's folder a regressor's file lies. Needs no torch."""

from __future__ import annotations

from pathlib import Path

from exiqa.core.errors import UserError
from exiqa.core.files import sha256_file

_FOLDER = "regressors"


def find_regressor(folder: Path, name: str, sha256: str) -> Path:
    """The file of a regressor.

    Args:
        folder: The artifact's.
        name: The regressor's.
        sha256: The hash of that name in config.json.

    Raises:
        UserError: No file has that hash.
    """
    final, staged = final_path(folder, name), staged_path(folder, name)
    for path in (final, staged):
        if path.is_file() and sha256_file(path) == sha256:
            return path
    if not final.is_file():
        raise UserError(f"{final} is missing, and config.json names it; copy the whole artifact again")
    raise UserError(f"{final} is cut short or changed: its SHA-256 is not the one in config.json; copy it again")


def final_path(folder: Path, name: str) -> Path:
    """The file of the regressor `name` in an artifact's folder."""
    return folder / _FOLDER / f"{name}.safetensors"


def staged_path(folder: Path, name: str) -> Path:
    """The file of the one that is to take its place."""
    # No regressor's name holds a tilde.
    return folder / _FOLDER / f"{name}~new.safetensors"
