"""JSON as files hold it: what Python's reader takes, but for halves of characters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exiqa.core.files import parse_json, whole_characters

ANY = st.text(st.one_of(st.characters(exclude_categories=()), st.sampled_from('\\"u\ud800\udc00😀')))
VALUES = st.recursive(st.none() | st.integers() | ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner))


@given(VALUES, st.booleans())
def test_a_value_is_read_where_utf_8_can_hold_it(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        if ascii_only:
            with pytest.raises(json.JSONDecodeError, match="is half a character: line 1"):
                parse_json(text)
    else:
        assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text", [r'"\\ud800"', r'"\ud83d\ude00"', r'"\uD83D\uDE00 \\\\udfff"', r'{"\u00fc": "\u0000"}']
)
def test_whole_characters_in_any_writing(text: str) -> None:
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [r'"\ud800"', r'"\\\uDFFF"', r'"\ude00\ud83d"', r'"\ud83d\ud83d\ude00"', r'{"\ud800": 1}', r'"\ud83d \ude00"'],
)
def test_halves_in_any_writing(text: str) -> None:
    with pytest.raises(json.JSONDecodeError, match="is half a character"):
        parse_json(text)


@given(ANY)
def test_halves_are_replaced_and_nothing_else(text: str) -> None:
    whole = whole_characters(text)
    assert len(whole) == len(text)
    assert all(new == old or (new == "?" and "\ud800" <= old <= "\udfff") for old, new in zip(text, whole, strict=True))
