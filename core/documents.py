"""The border where files that others wrote are read: text, JSON and TOML of bounded size and depth, one wording."""

from __future__ import annotations

import json
import stat
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from exiqa.core.errors import UserError
from exiqa.core.files import parse_json
from exiqa.core.schema_error import describe_schema_error, describe_toml_error

if TYPE_CHECKING:
    from pydantic import BaseModel

LARGEST = 256 * 2**20
"""Bytes of a text file; those of this program have a thousandth of it."""
DEEPEST = 64
"""Containers within one another; no file of this program has ten."""

_Content = TypeVar("_Content", bound="BaseModel")


def read_bytes(path: Path, where: str = "") -> bytes:
    """The content of a file.

    Args:
        path: The file. A pipe or a device, which might never end, is refused.
        where: Names it in errors; empty: the path does.

    Raises:
        UserError: It is no regular file, or larger than `LARGEST`.
        OSError: It cannot be read.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise UserError(f"{where or path} is a folder, and a file is needed")
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{where or path} is not a regular file; save what it gives as one")
    if status.st_size > LARGEST:
        raise UserError(
            f"{where or path} has {status.st_size} bytes, more than the {LARGEST} that a file here may have"
        )
    return path.read_bytes()


def read_text(path: Traversable, where: str = "") -> str:
    """The text of a UTF-8 file, without the mark that some editors put first.

    Args:
        path: The file; one of the package may lie in an archive.
        where: Names it in errors; empty: the path does.

    Raises:
        UserError: As `read_bytes`, and where it is not UTF-8.
        OSError: It cannot be read.
    """
    try:
        content = read_bytes(path, where) if isinstance(path, Path) else path.read_bytes()
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{where or path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None


def json_value(text: str, where: str, what: str = "") -> Any:
    """The value of a JSON text.

    Args:
        text: The JSON.
        where: Names the source in errors.
        what: What it should be, in words, for the error: "a bank".

    Raises:
        UserError: It is no JSON, is nested deeper than `DEEPEST`, or has a number that no file needs.
    """
    try:
        return _bounded(parse_json(text))
    except (json.JSONDecodeError, _TooDeepError) as error:
        reason = f"is not {what}: it is not valid JSON ({error})" if what else f"is not valid JSON: {error}"
        raise UserError(f"{where} {reason}") from None


def toml_value(text: str, where: str) -> dict[str, Any]:
    """The table of a TOML text.

    Args:
        text: The TOML.
        where: Names the source in errors.

    Raises:
        UserError: It is no TOML, is nested deeper than `DEEPEST`, or has a number that no file needs.
    """
    try:
        return dict(_bounded(tomllib.loads(text)))
    except RecursionError:
        raise UserError(f"{where} is not valid TOML: {_TooDeepError()}") from None
    except (ValueError, _TooDeepError) as error:  # TOMLDecodeError among them; a number of 5,000 digits is none
        raise UserError(f"{where} is not valid TOML: {error}") from None


def of_schema(value: Any, schema: type[_Content], where: str, what: str = "") -> _Content:
    """A value of JSON or TOML as what a schema describes.

    Args:
        value: Plain data.
        schema: What it should be.
        where: Names the source in errors.
        what: The same in words, for the error: "a bank".

    Raises:
        UserError: It does not fit; the sentence names the place, and for an unknown key the nearest known one.
    """
    from pydantic import ValidationError

    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise UserError(f"{where}{f' is not {what}' if what else ''}: {describe_schema_error(error, schema)}") from None
    except RecursionError:
        raise UserError(f"{where}{_is_not(what)}{_TooDeepError()}") from None


def of_toml_schema(values: dict[str, Any], schema: type[_Content], where: str, text: str) -> _Content:
    """The values of a TOML text as what a schema describes.

    Args:
        values: Those of `toml_value`.
        schema: What they should be.
        where: Names the source in errors.
        text: The TOML, so that an error names the line.

    Raises:
        UserError: As `of_schema`.
    """
    from pydantic import ValidationError

    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise UserError(describe_toml_error(error, schema, where, text)) from None


def read_json(path: Traversable, schema: type[_Content], what: str) -> _Content:
    """The content of a JSON file (`read_text`, `json_value`, `of_schema`).

    Raises:
        UserError: It is not what the schema describes.
        OSError: It cannot be read.
    """
    return of_schema(json_value(read_text(path), str(path), what), schema, str(path), what)


class _TooDeepError(ValueError):
    def __init__(self) -> None:
        super().__init__(f"it is nested more than {DEEPEST} deep")


def _bounded(value: Any) -> Any:
    """The value, its depth looked at without recursion."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for container in level
            if isinstance(container, dict | list)
            for inner in (container.values() if isinstance(container, dict) else container)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return value
    raise _TooDeepError


def _is_not(what: str) -> str:
    return f" is not {what}: " if what else ": "
