"""Where in a TOML file something stands: the standard library's reader gives values without their lines."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

Place = tuple[int | str, ...]
"""Keys and positions from 0: ("cells", 0, "methods", 2)."""


def locate(where: str, text: str, place: Sequence[int | str]) -> str:
    """What an error begins with: "suite.toml, line 7", or `where` alone where the place has no line.

    Args:
        where: Names the file.
        text: Its content, which is TOML.
        place: What the error is about.
    """
    line = line_of(text, place)
    return where if line is None else f"{where}, line {line}"


def line_of(text: str, place: Sequence[int | str]) -> int | None:
    """The line, from 1, of a key or value; of what is not there, of the innermost of its tables that is.

    Args:
        text: TOML.
        place: Keys and positions. None is returned where not even its first is in the text.
    """
    lines = dict(_lines(text))
    place = tuple(place)
    return next((lines[place[:size]] for size in range(len(place), 0, -1) if place[:size] in lines), None)


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Every key and value of a TOML text with its line."""
    table: Place = ()
    counts: dict[Place, int] = {}
    for first, statement in _statements(text):
        value: Any = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _header(value, counts)
            yield table, first
        else:
            for place, token in _values(value, table):
                within = (at for at, line in enumerate(statement.splitlines()) if token in line)
                yield place, first + next(within, 0)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each header and each `key = value`, which may go over several lines."""
    lines = text.splitlines()
    first = 0
    while first < len(lines):
        last = first + 1
        while not _is_whole(lines[first:last]) and last < len(lines):
            last += 1
        if lines[first].strip() and not lines[first].lstrip().startswith("#"):
            yield first + 1, "\n".join(lines[first:last])
        first = last


def _is_whole(lines: Sequence[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _header(value: dict[str, Any], counts: dict[Place, int]) -> Place:
    """The place of the table that a header begins; `counts` has how many elements each array of tables has."""
    place: Place = ()
    while value:
        (key,) = value
        place, inner = (*place, key), value[key]
        if isinstance(inner, list):
            counts[place] = counts.get(place, 0) + 1
            inner = inner[0]
        if place in counts:
            place = (*place, counts[place] - 1)
        value = inner
    return place


def _values(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Each place within a value, with what its line contains."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*place, key), key if isinstance(key, str) else f'"{inner}"'
        if isinstance(inner, dict | list):
            yield from _values(inner, (*place, key))
