from __future__ import annotations

from pathlib import Path

import pytest

from exiqa.attrgen.prompt import Prompt, in_words, load_prompt
from exiqa.bank.taxonomy import Distortion
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

BLUR = Distortion(
    id="gaussian_blur",
    code="01",
    name="Gaussian blur",
    explanation="filter with a variable Gaussian kernel.",
    levels=5,
)


def test_the_default_is_the_papers_prompt_to_the_word() -> None:
    prompt = load_prompt()
    assert prompt.name == "paper"
    # Section IV-B, "Input to GPT-3".
    assert prompt.render(BLUR, 5) == (
        "Give me five visual attributes that describe the visual effects of the given distortion.\n"
        "#INPUT\n"
        "Gaussian blur: filter with a variable Gaussian kernel."
    )


def test_phrases_that_are_taken_are_shown_as_sentences() -> None:
    text = load_prompt().render(BLUR, 2, ["a haze", "a soft glow"])
    assert "Give me two visual attributes" in text
    assert "- There is a haze in the photo.\n- There is a soft glow in the photo.\n#INPUT\n" in text


def test_a_prompt_of_ones_own_is_named_and_hashed_by_its_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.j2"
    file.write_text("List {{ count }} effects of {{ name }}, not {{ taken | join(', ') }}.")
    prompt = load_prompt(file)
    assert prompt.name == "mine" and prompt.hash == sha256_hex(file.read_text())
    assert prompt.render(BLUR, 3, ["a", "b"]) == "List 3 effects of Gaussian blur, not a, b."


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ numbr }}", "'numbr' is undefined"),
        ("{{ name.upper", "unexpected"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ name.__init__.__globals__ }}", "unsafe"),
        ("{{ range(10 ** 9) | length }}", "Range too big"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ count + name }}", "unsupported operand"),
        ("{# nothing #}", "comes out empty"),
    ],
)
def test_what_a_template_must_not_do_is_one_clear_error(source: str, reason: str) -> None:
    with pytest.raises(UserError, match=rf"prompt bad.*({reason})"):
        Prompt("bad", source).render(BLUR, 5)


def test_a_template_changes_only_its_own_list() -> None:
    taken = ["a"]
    assert Prompt("bold", "{{ taken.append('x') }}").render(BLUR, 5, taken) == "None"
    assert taken == ["a"]


def test_a_prompt_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.j2"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8 text"):
        load_prompt(file)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (5, "five"),
        (10, "ten"),
        (13, "thirteen"),
        (20, "twenty"),
        (21, "twenty-one"),
        (99, "ninety-nine"),
        (100, "100"),
    ],
)
def test_counts_in_words(number: int, words: str) -> None:
    assert in_words(number) == words
