"""The sealed text of a bank: canonical, one attribute a line, and every tampering is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_banks import RANKED, TAXONOMY, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.storage import bank_file
from exiqa.bank.storage.bank_file import bank_text, parse_bank
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex


def test_a_bank_survives_its_text() -> None:
    bank = small_bank()
    assert parse_bank(bank_text(bank), "here") == bank


def test_the_text_is_sorted_json_with_one_attribute_a_line() -> None:
    text = bank_text(small_bank())
    document = json.loads(text)
    assert list(document) == sorted(document)
    lines = text.splitlines()
    for attributes in RANKED.values():
        for attribute in attributes:
            assert sum(f'"phrase": "{attribute.phrase}"' in line for line in lines) >= 1
    assert sum('"phrase"' in line for line in lines) == sum(len(a) for a in RANKED.values())
    assert "café" in text
    assert document["hash"] == small_bank().hash


def test_the_hash_is_of_what_the_bank_says_worked_by_hand() -> None:
    bank = small_bank(ranked={"white_noise": [{"phrase": "a fine grain"}]})
    content = '{"ranked":{"white_noise":[["a fine grain",null]]},"taxonomy":"' + TAXONOMY.hash + '"}'
    assert bank.hash == sha256_hex(content)


def test_one_changed_phrase_changes_one_line() -> None:
    changed = {**RANKED, "white_noise": (Attribute(phrase="a coarse grain"), *RANKED["white_noise"][1:])}
    before, after = bank_text(small_bank()).splitlines(), bank_text(small_bank(ranked=changed)).splitlines()
    differing = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(differing) == 2  # the attribute and the hash
    assert "a coarse grain" in differing[1]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("a softening of details", "a softening of detail", "attribute 1 of gaussian_blur, 'a softening of detail'"),
        ("crisp, well-defined", "crisp", "attribute 1 of gaussian_blur, 'a softening of details'"),
        ("clean flat areas", "clean areas", "attribute 1 of white_noise, 'a fine grain over flat areas'"),
        ('"a café-window look"', "12", "attribute 3 of gaussian_blur, 12"),
    ],
)
def test_a_changed_attribute_is_named(old: str, new: str, named: str) -> None:
    text = bank_text(small_bank())
    assert old in text
    with pytest.raises(UserError, match="was changed after it was saved") as caught:
        parse_bank(text.replace(old, new), "f.json")
    assert named in str(caught.value)


def test_reordered_removed_and_foreign_attributes_are_seen() -> None:
    def tampered(change: str) -> str:
        document = json.loads(bank_text(small_bank()))
        blur, noise = document["ranked"]["gaussian_blur"], document["ranked"]["white_noise"]
        match change:
            case "reordered":
                blur.reverse()
            case "removed":
                blur.pop()
            case "foreign":
                noise.append(blur[0])
            case "taxonomy":
                document["taxonomy"]["distortions"][0]["explanation"] = "Something else."
        return json.dumps(document)

    for change in ("reordered", "removed", "taxonomy"):
        with pytest.raises(UserError, match="no attribute was re-worded"):
            parse_bank(tampered(change), "f.json")
    with pytest.raises(UserError, match="attribute 3 of white_noise, 'a softening of details'"):
        parse_bank(tampered("foreign"), "f.json")


def test_provenance_is_beside_the_identity() -> None:
    text = bank_text(small_bank()).replace('"note": ""', '"note": "reviewed"')
    assert parse_bank(text, "f.json").provenance.note == "reviewed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no object 'ranked'"),
        ('{"ranked": []}', "no object 'ranked'"),
        ('{"ranked": {}}', "schema_version is None"),
        ('{"ranked": {}, "schema_version": "1"}', "schema_version is '1'"),
        ('{"ranked": {}, "schema_version": 1}', "no 'hash'"),
        ('{"ranked": {"a": 3}, "schema_version": 1, "hash": ""}', "ranked.a is not a list"),
        ('{"ranked": {"a": [3]}, "schema_version": 1, "hash": ""}', "attribute 1 of a is not an object"),
        ('{"ranked": {"a": []}, "schema_version": 1, "hash": "", "name": "../x"}', "name: String should match"),
        ('{"ranked": {}, "schema_version": 2}', "newer exiqa .bank schema 2, this one knows up to 1"),
    ],
)
def test_what_is_no_bank_says_why(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_bank(text, "f.json")


def test_an_older_schema_goes_through_every_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    # The day that schema 3 is current: 1 -> 2 renames a field, 2 -> 3 adds one.
    def to_2(document: dict) -> dict:
        return {**document, "schema_version": 2, "two": document["one"]}

    def to_3(document: dict) -> dict:
        return {**document, "schema_version": 3, "three": document["two"] + 1}

    monkeypatch.setattr(bank_file, "SCHEMA", 3)
    monkeypatch.setattr(bank_file, "MIGRATIONS", {1: to_2, 2: to_3})
    assert bank_file.migrate({"schema_version": 1, "one": 7}, "f.json")["three"] == 8
    assert bank_file.migrate({"schema_version": 3}, "f.json") == {"schema_version": 3}


def test_there_is_a_migration_from_every_schema_so_far() -> None:
    assert sorted(bank_file.MIGRATIONS) == list(range(1, bank_file.SCHEMA))


def test_a_bank_written_by_schema_1_opens() -> None:
    written = Path(__file__).parent / "schema_1.json"
    bank = parse_bank(written.read_text(encoding="utf-8"), str(written))
    assert bank.hash == "132f93194301a589ff8e71c603f7b580a88c2303fc7cb368e046ed74a08600d8"
    assert bank.ranked["white_noise"][0].antonym == "clean flat areas"


@given(st.text(max_size=200))
def test_arbitrary_text_never_ends_in_a_traceback(text: str) -> None:
    with pytest.raises(UserError):
        parse_bank(text, "f.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["ranked", "taxonomy", "provenance", "name", "version", "hash", "schema_version"]), _JSON)
def test_a_field_replaced_by_anything_never_ends_in_a_traceback(field: str, value: object) -> None:
    document = json.loads(bank_text(small_bank()))
    if document[field] == value:
        return
    document[field] = value
    try:
        bank = parse_bank(json.dumps(document), "f.json")
    except UserError:
        return
    # What opens is what was sealed: only what is beside the identity may differ.
    assert bank.hash == small_bank().hash
    assert field in {"provenance", "name", "version"}


_PHRASES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip(". \u3000"))
)


@given(
    st.lists(
        st.tuples(_PHRASES, st.none() | _PHRASES),
        min_size=1,
        max_size=4,
        unique_by=lambda pair: Attribute(phrase=pair[0]).id,
    )
)
def test_any_consistent_bank_survives_its_text(pairs: list[tuple[str, str | None]]) -> None:
    bank = small_bank(ranked={"white_noise": [{"phrase": phrase, "antonym": antonym} for phrase, antonym in pairs]})
    again = parse_bank(bank_text(bank), "f.json")
    assert again == bank
    assert again.hash == bank.hash
