"""What does not fit a schema, in the words of one sentence: the place, and for an unknown key the nearest known one."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from exiqa.core.toml_lines import locate

if TYPE_CHECKING:
    from pydantic import ValidationError


def describe_schema_error(error: ValidationError, schema: type) -> str:
    """The first thing that is wrong with a value, as the end of a sentence that begins with its file.

    A key that the schema does not have is told before a required one that is missing beside it: most likely they are
    one key, misspelt.

    Args:
        error: What pydantic raised.
        schema: The model or dataclass that the value was validated against; it says which keys there are.

    Returns:
        `place: reason`, the place as keys and positions from 0 with stops between (`cells.0.protocol`); the reason
        alone where the whole value is wrong.
    """
    place, reason = schema_problem(error, schema)
    return f"{'.'.join(map(str, place))}: {reason}" if place else reason


def describe_toml_error(error: ValidationError, schema: type, where: str, text: str) -> str:
    """`describe_schema_error` of the content of a TOML file, as a whole sentence: "mine.toml, line 7: place: reason".

    Args:
        error: What pydantic raised.
        schema: As `describe_schema_error` takes it.
        where: Names the file.
        text: Its content.
    """
    place, _ = schema_problem(error, schema)
    return f"{locate(where, text, place)}: {describe_schema_error(error, schema)}"


def schema_problem(error: ValidationError, schema: type) -> tuple[tuple[int | str, ...], str]:
    """The place of what `describe_schema_error` tells, and the reason."""
    problems = error.errors(include_url=False)
    problem = problems[0]
    if problem["type"] == "missing":
        beside = problem["loc"][:-1]
        misspelt = (each for each in problems if each["type"] in _UNKNOWN and each["loc"][:-1] == beside)
        problem = next(misspelt, problem)
    place = problem["loc"]
    if problem["type"] in _UNKNOWN:
        reason = _unknown_key(str(place[-1]), sorted(_keys_at(schema, place[:-1])))
    elif problem["type"] == "missing":
        reason = "this key is missing"
    else:
        reason = problem["msg"].removeprefix("Value error, ")
    return place, reason


_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""pydantic's names for a key that the schema does not have, of a model and of a dataclass."""


def _unknown_key(key: str, known: list[str]) -> str:
    if nearest := get_close_matches(key, known, n=1):
        return f"there is no such key; the nearest is {nearest[0]!r}"
    return f"there is no such key; there are {', '.join(known)}" if known else "there is no such key"


def _keys_at(schema: Any, place: tuple[int | str, ...]) -> set[str]:
    """The keys of the models that may stand at `place` in a value of `schema`."""
    candidates = list(_members(schema))
    for part in place:
        inner = [annotation for candidate in candidates for annotation in _step(candidate, part)]
        candidates = [member for annotation in inner for member in _members(annotation)]
    return {key for candidate in candidates for key in _fields(candidate)}


def _members(annotation: Any) -> Iterator[Any]:
    """The alternatives of a union, `Annotated` taken off; an annotation that is no union is its own alternative."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _step(annotation: Any, part: int | str) -> Iterator[Any]:
    """The annotations of what lies under a key or position of a value; in a union pydantic names the member first."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if part in _fields(annotation):
        yield _fields(annotation)[str(part)]
    elif part == getattr(annotation, "__name__", None):
        yield annotation
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield arguments[1]
    elif isinstance(part, int):
        yield from arguments


def _fields(annotation: Any) -> dict[str, Any]:
    """Key -> annotation of a pydantic model or a dataclass; empty for anything else."""
    if hasattr(annotation, "model_fields"):
        return {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return {field.name: hints[field.name] for field in dataclasses.fields(annotation)}
    return {}
