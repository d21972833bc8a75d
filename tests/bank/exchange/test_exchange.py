"""Import and export: what goes out comes back, and what cannot come in says where and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_banks import RANKED, TAXONOMY, small_bank

from exiqa.bank.attribute import Attribute
from exiqa.bank.exchange.formats import FORMATS, format_of
from exiqa.bank.exchange.import_export import import_file, read_ranked
from exiqa.bank.exchange.text_format import ranked_from_text, ranked_to_text
from exiqa.bank.storage.store import BankStore
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex


@pytest.mark.parametrize("name", ["text", "csv", "json"])
def test_a_bank_comes_back_whole(name: str) -> None:
    text = FORMATS[name].write(small_bank())
    assert read_ranked(text, name, TAXONOMY, "f") == RANKED


def test_classify_by_description_has_names_and_no_antonyms() -> None:
    text = FORMATS["descriptions"].write(small_bank())
    assert json.loads(text)["Gaussian blur"][0] == "a softening of details"
    phrases = {d: tuple(Attribute(phrase=a.phrase) for a in own) for d, own in RANKED.items()}
    assert read_ranked(text, "descriptions", TAXONOMY, "f") == phrases


def test_the_csv_is_plain() -> None:
    assert FORMATS["csv"].write(small_bank()).splitlines()[:3] == [
        "distortion,rank,phrase,antonym",
        'gaussian_blur,1,a softening of details,"crisp, well-defined details"',
        "gaussian_blur,2,a loss of fine texture,",
    ]


def test_ranks_count_more_than_lines_and_sentences_lose_their_frame() -> None:
    text = "phrase,rank,distortion\nThere is a haze in the photo.,2,GAUSSIAN BLUR\na glow,1,Gaussian blur\n"
    ranked = read_ranked(text.replace("GAUSSIAN BLUR", "Gaussian blur"), "csv", TAXONOMY, "f")
    assert ranked == {"gaussian_blur": (Attribute(phrase="a glow"), Attribute(phrase="a haze"))}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("csv", "", "has the columns distortion and phrase"),
        ("csv", "a,b\n1,2\n", "has the columns distortion and phrase"),
        ("csv", "distortion,phrase\nwhite_noise,\n", "line 2: there is no phrase"),
        ("csv", "distortion,phrase\nwhite_noise,a,b\n", "line 2: there is no phrase, or more cells"),
        ("csv", 'distortion,phrase\nwhite_noise,"a\n', "not valid CSV"),
        ("csv", "distortion,phrase,rank\nwhite_noise,a grain,first\n", "line 2: the rank 'first'"),
        ("csv", "distortion,phrase\nrain,a grain\n", "no distortion 'rain'; it has gaussian_blur, white_noise"),
        ("csv", "distortion,phrase\nwhite_noise,a \x1b[2Jgrain\n", r"unprintable character U\+001B"),
        ("csv", "distortion,phrase\nwhite_noise,a \u202egrain\n", r"unprintable character U\+202E"),
        ("csv", "distortion,phrase\nwhite_noise," + "grain " * 100 + "\n", "more than the 300"),
        ("csv", "distortion,phrase\nwhite_noise,a\nWhite noise,b\n", "twice, by its id and by its name"),
        ("text", "a grain\n", "line 1: an attribute before the first heading"),
        ("text", "[white_noise]\na | b | c\n", "line 2: write 'phrase'"),
        ("text", "[white_noise]\na |\n", "line 2: write 'phrase'"),
        ("text", "[white_noise]\na\n[white_noise]\nb\n", "line 3: the distortion white_noise has a second heading"),
        ("json", "{", "not valid JSON"),
        ("json", "[" * 100_000, "not valid JSON"),
        ("json", "[]", "is an object of distortion"),
        ("json", '{"white_noise": "a grain"}', "is not a list of phrases"),
        ("json", '{"white_noise": [3]}', "3 is no phrase"),
        ("json", '{"white_noise": [{"phrase": "a", "colour": "b"}]}', "no phrase with an antonym"),
        ("json", '{"white_noise": [""]}', "is no phrase"),
        ("json", '{"white_noise": ["..."]}', "there are no words in it"),
    ],
)
def test_what_cannot_come_in_says_where_and_why(name: str, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_ranked(text, name, TAXONOMY, "f")


def test_an_imported_bank_is_saved_with_its_source(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"\xef\xbb\xbf[white_noise]\r\na fine grain\r\n")
    saved = import_file(file, TAXONOMY, "mine", BankStore(tmp_path))
    assert saved.ranked == {"white_noise": (Attribute(phrase="a fine grain"),)}
    assert saved.provenance.method == "imported"
    assert saved.provenance.generator == {
        "file": "list.txt",
        "file_sha256": sha256_hex(file.read_bytes()),
        "format": "text",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "lists no attribute"),
        (b"[white_noise]\n", "lists no attribute"),
        (b"[white_noise]\n\xff\n", "not UTF-8 text"),
        (b"[white_noise]\na grain\nA grain.\n", "has 'a grain' twice"),
    ],
)
def test_a_file_that_makes_no_bank_makes_no_bank(data: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(data)
    with pytest.raises(UserError, match=message):
        import_file(file, TAXONOMY, "mine", BankStore(tmp_path / "banks"))
    assert BankStore(tmp_path / "banks").list() == []


def test_the_format_is_the_one_asked_for_else_the_suffixs() -> None:
    assert format_of("a.CSV", None) == "csv"
    assert format_of("a.json", "descriptions") == "descriptions"
    with pytest.raises(UserError, match=r"the suffix of a\.toml is not known"):
        format_of("a.toml", None)
    with pytest.raises(UserError, match="the format 'xml' is not known"):
        format_of("a.csv", "xml")


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=15)


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=200))
def test_arbitrary_text_never_ends_in_a_traceback(name: str, text: str) -> None:
    try:
        read_ranked(text, name, TAXONOMY, "f")
    except UserError:
        return


@given(st.sampled_from(["text", "csv", "json"]), _TEXT)
def test_a_phrase_comes_back_or_is_refused(name: str, phrase: str) -> None:
    # A phrase as the screens leave them: bare and tidy, without the characters of markup.
    phrase = " ".join(phrase.split()).strip("\"'“”‘’`*_.,;:#[]|").strip()
    if not any(character.isalpha() for character in phrase) or "|" in phrase or phrase[0].isupper():
        return
    ranked = {"white_noise": (Attribute(phrase=phrase),)}
    try:
        again = read_ranked(FORMATS[name].write(small_bank(ranked=ranked)), name, TAXONOMY, "f")
    except UserError:
        return
    assert [a.id for a in again["white_noise"]] == [a.id for a in ranked["white_noise"]]


def test_a_heading_above_the_text_says_nothing() -> None:
    assert ranked_from_text(ranked_to_text(RANKED, "two\nlines"), "f") == RANKED
