"""Bad files made of good ones: cut, flipped, of other types, too deep, too long."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

WRONG = (None, "x", -1, 0, 1e300, 10**30, True, [], {}, [[]], "\x1b[2J\u202e", "a" * 100_000)
"""What a value of JSON or TOML may be in place of what it should."""


def any_file(content: bytes, seed: int = 0, flips: int = 12) -> Iterator[tuple[str, bytes]]:
    """Name -> content: what may befall any file."""
    rng = random.Random(seed)
    yield "empty", b""
    yield "zeros", bytes(len(content))
    yield "other", b"this is something else\n" * 20
    yield "latin", "naïve ÿ".encode("latin-1")
    yield "half a character", b'{"a": "\\ud800"}'
    yield "deep json", b"[" * 20_000 + b"]" * 20_000
    yield "deep objects", b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    yield "deep toml", b"a = " + b"[" * 20_000 + b"]" * 20_000
    yield "long number", b"a = " + b"9" * 5000
    yield "long json number", b'{"schema_version": ' + b"9" * 5000 + b"}"
    yield "twice", content + content
    for part in (1, 2, 3):
        yield f"cut at {part}/4", content[: part * len(content) // 4]
    yield "last byte missing", content[:-1]
    for number in range(flips):
        place = rng.randrange(max(1, len(content)))
        changed = bytearray(content)
        if changed:
            changed[place] ^= 1 << rng.randrange(8)
        yield f"flip {number} at {place}", bytes(changed)


def any_json(content: bytes, most: int = 40, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Name -> content: each of some places of a JSON value wrong, a key more, a key less."""
    value = json.loads(content)
    places = list(_places(value))
    rng = random.Random(seed)
    for place in rng.sample(places, min(most, len(places))):
        wrong = rng.choice(WRONG)
        yield f"{'.'.join(map(str, place))} = {str(wrong)[:20]!r}", _dump(_changed(value, place, wrong))
        yield f"{'.'.join(map(str, place))} gone", _dump(_changed(value, place, None, remove=True))
    for constant in ("NaN", "Infinity", "1e999"):
        yield constant, _dump(_changed(value, rng.choice(places), "@@")).replace(b'"@@"', constant.encode())
    yield "a key more", _dump({**value, "no_such_key": 1} if isinstance(value, dict) else [value])


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*place, key)
        yield from _places(inner, (*place, key))


def _changed(value: Any, place: tuple[Any, ...], wrong: Any, remove: bool = False) -> Any:
    value = copy.deepcopy(value)
    inner = value
    for key in place[:-1]:
        inner = inner[key]
    if remove:
        del inner[place[-1]]
    else:
        inner[place[-1]] = wrong
    return value
