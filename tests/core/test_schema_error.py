"""A schema's error in one sentence: the place, the reason, and the nearest known key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from exiqa.core.schema_error import describe_schema_error


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    level: int = Field(default=1, ge=1)


class Other(BaseModel):
    model_config = ConfigDict(extra="forbid")

    width: float


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = ""
    parts: tuple[Part, ...] = ()
    named: dict[str, Part] = {}
    maybe: Annotated[Part | None, Field()] = None
    either: Part | Other | None = None

    @model_validator(mode="after")
    def _has_no_colon(self) -> Whole:
        if ":" in self.title:
            raise ValueError("the title has a colon")
        return self


@dataclass(frozen=True)
class Line:
    __pydantic_config__ = ConfigDict(extra="forbid")

    phrase: str
    parts: tuple[Part, ...] = ()


def sentence(value: Any, schema: Any = Whole) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(schema).validate_python(value)
    return describe_schema_error(caught.value, schema)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"titel": "x"}, "titel: there is no such key; the nearest is 'title'"),
        ({"zzz": 1}, "zzz: there is no such key; there are either, maybe, named, parts, title"),
        ({"parts": [{"name": ""}, {"lvl": 2}]}, "parts.1.lvl: there is no such key; the nearest is 'level'"),
        ({"named": {"x": {"name": "a", "levle": 2}}}, "named.x.levle: there is no such key; the nearest is 'level'"),
        ({"maybe": {"name": "a", "levels": 2}}, "maybe.levels: there is no such key; the nearest is 'level'"),
        ({"parts": [{}]}, "parts.0.name: this key is missing"),
        ({"parts": [{"nmae": "a"}]}, "parts.0.nmae: there is no such key; the nearest is 'name'"),
        ({"parts": [{"name": "a", "level": 0}]}, "parts.0.level: Input should be greater than or equal to 1"),
        ({"title": "a: b"}, "the title has a colon"),
        ({"either": {"name": "a", "lvl": 1}}, "either.Part.lvl: there is no such key; the nearest is 'level'"),
    ],
)  # fmt: skip
def test_the_sentence_names_place_reason_and_nearest_key(value: dict[str, Any], expected: str) -> None:
    assert sentence(value) == expected


def test_a_dataclass_is_a_schema_too() -> None:
    assert sentence({"phrse": "a"}, Line) == "phrse: there is no such key; the nearest is 'phrase'"
    text = "parts.0.lvl: there is no such key; the nearest is 'level'"
    assert sentence({"phrase": "a", "parts": [{"name": "a", "lvl": 2}]}, Line) == text


def test_a_text_that_is_no_json_has_no_place() -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate_json("{")
    assert describe_schema_error(caught.value, Whole).startswith("Invalid JSON: ")
