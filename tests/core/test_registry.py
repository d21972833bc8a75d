"""The registry of open kinds of things, against real installed metadata and real modules."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

from exiqa.core.errors import UserError, UserNotice
from exiqa.core.registry import Registry


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a distribution with entry points on the path, as an installer would lay it out."""

    def install(distribution: str, module: str, source: str, entry_points: str) -> None:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[exiqa.fractions]\n{entry_points}\n")

    monkeypatch.syspath_prepend(tmp_path)
    yield install
    for name in ("half_of_mine", "other_half", "broken_half"):
        sys.modules.pop(name, None)


def registry() -> Registry[Fraction]:
    return Registry("exiqa.fractions", Fraction, "fraction", {"third": "tests_of_registry_unused:THIRD"})


HALF = "from fractions import Fraction\nHALF = Fraction(1, 2)\nTEXT = 'half'\n"


def test_an_entry_point_and_a_path_name_the_same_thing(installed) -> None:
    installed("half-of-mine", "half_of_mine", HALF, "half = half_of_mine:HALF")
    fractions = registry()
    assert fractions.names() == ["third", "half"]
    assert fractions["half"] == Fraction(1, 2) and fractions["half_of_mine:HALF"] is fractions["half"]
    assert "half" in fractions and "half_of_mine:HALF" in fractions and "half?" not in fractions
    assert fractions.origin("half") == "half-of-mine 1.0"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hal", "there is no fraction 'hal'; the nearest is 'half'"),
        ("half_of_mine:NONE", "the fraction 'half_of_mine:NONE': half_of_mine has no NONE"),
        ("half_of_mine:TEXT", "the fraction 'half_of_mine:TEXT' must be a Fraction, and is a str"),
        (
            "no_such_module:HALF",
            "the fraction 'no_such_module:HALF' cannot be imported: .*; set PYTHONPATH to the folder that holds it$",
        ),
    ],
)
def test_what_cannot_be_had_is_one_sentence(installed, name: str, sentence: str) -> None:
    installed("half-of-mine", "half_of_mine", HALF, "half = half_of_mine:HALF")
    with pytest.raises(UserError, match="^" + sentence.replace("(", r"\(")):
        registry()[name]


def test_a_module_that_fails_at_its_import_is_named_when_it_is_asked_for_and_not_before(installed) -> None:
    installed("broken-half", "broken_half", "raise RuntimeError('no licence')", "half = broken_half:HALF")
    fractions = registry()
    assert "half" in fractions.names()
    with pytest.raises(UserError, match=r"the fraction 'half' \(broken_half:HALF\) cannot be imported: .*no licence"):
        fractions["half"]


def test_two_packages_with_one_name_are_both_named(installed) -> None:
    installed("half-of-mine", "half_of_mine", HALF, "half = half_of_mine:HALF")
    installed("other-half", "other_half", HALF, "half = other_half:HALF")
    with pytest.raises(UserError, match="claimed twice, by half_of_mine:HALF and other_half:HALF"):
        registry()["half"]


def test_a_package_cannot_take_a_name_of_ours_unseen(installed) -> None:
    installed("half-of-mine", "half_of_mine", HALF, "third = half_of_mine:HALF")
    with pytest.raises(UserError, match="claimed twice, by half_of_mine:HALF and tests_of_registry_unused:THIRD"):
        registry()["third"]


def test_a_module_that_misspells_a_name_inside_is_not_said_to_lack_the_thing(installed) -> None:
    installed("broken-half", "broken_half", "import math\nHALF = math.half\n", "half = broken_half:HALF")
    with pytest.raises(UserError, match="cannot be imported: AttributeError: module 'math' has no attribute 'half'"):
        registry()["half"]


def test_what_cannot_be_had_is_named_beside_what_can(installed) -> None:
    source = HALF + "OTHER = Fraction(2, 4)\n"
    installed("half-of-mine", "half_of_mine", source, "half = half_of_mine:HALF\nother = half_of_mine:OTHER")
    fractions = registry()
    with pytest.warns(UserNotice, match=r"the fraction 'third' \(tests_of_registry_unused:THIRD\) cannot be imported"):
        things = fractions.usable()
    assert list(things) == ["half", "other"] and things["half"] == Fraction(1, 2)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("half", ("half", "")),
        ("half:of/it", ("half", ":of/it")),
        ("half@file", ("half", "@file")),
        ("half_of_mine:HALF", ("half_of_mine:HALF", "")),
        ("half_of_mine:HALF:of/it", ("half_of_mine:HALF", ":of/it")),
        ("halves", None),
        ("no_such_module:HALF", None),
        (":HALF", None),
        ("", None),
    ],
)
def test_a_spec_begins_with_a_name_or_a_path(installed, spec: str, expected: tuple[str, str] | None) -> None:
    installed("half-of-mine", "half_of_mine", HALF, "half = half_of_mine:HALF")
    assert registry().beginning(spec) == expected
