from __future__ import annotations

import json
from pathlib import Path

import pytest

from exiqa.attrgen.prompts.asking import BY_TEMPLATE, LARGE, SMALL
from exiqa.attrgen.prompts.context import Context, SeenEffect, Similar
from exiqa.attrgen.prompts.examples import WorkedExample
from exiqa.attrgen.prompts.prompt import TEMPLATES, Prompt, in_words, load_prompt
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


EFFECTS = (
    SeenEffect("veil or haze", "A pale layer lies over the picture.", 0.9, 1),
    SeenEffect("less contrast", "Light and dark lie closer together.", 0.4, 2),
)
EXAMPLE = WorkedExample("Dots", "dots are added", ("a fine grain",), ("Lightness varies at random.",))


def test_a_prompt_that_tells_apart_is_the_recorded_one_to_the_word(test_data: Path) -> None:
    lines = (test_data / "llm_answers" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = next(row for line in lines if (row := json.loads(line))["prompt_id"] == "tell_apart")
    names = recorded["prompt"].partition("tell it apart from: ")[2].partition(".\n")[0].split(", ")
    asked = Distortion(
        id=recorded["distortion"], code="", name=recorded["name"], explanation=recorded["explanation"], levels=5
    )
    similar = tuple(Similar(name, "", (), ()) for name in names)
    assert load_prompt("tell_apart").render(asked, 10, context=Context(similar=similar)) == recorded["prompt"]


def test_what_only_the_distortion_shows_is_said_where_it_was_measured() -> None:
    similar = (Similar("Defocus", "", only_here=("block grid",), only_there=()),)
    text = load_prompt("tell_apart").render(BLUR, 2, context=Context(similar=similar))
    assert "\nIt shows, and Defocus does not: block grid.\n#INPUT\n" in text


def test_gaps_are_the_effects_that_no_phrase_names_at_first_all_of_them() -> None:
    prompt = load_prompt("gaps")
    assert "no attribute names them yet: veil or haze, less contrast." in prompt.render(
        BLUR, 2, context=Context(effects=EFFECTS)
    )
    later = prompt.render(BLUR, 2, ["a haze"], ["less contrast"], Context(effects=EFFECTS))
    assert "no attribute names them yet: less contrast." in later and "- There is a haze in the photo.\n" in later
    assert "measured" not in prompt.render(BLUR, 2)


def test_worked_examples_ask_for_one_effect_after_the_other() -> None:
    prompt = load_prompt("examples")
    context = Context(effects=EFFECTS, examples=(EXAMPLE,))
    texts = [prompt.render(BLUR, 3, context=context, turn=turn) for turn in range(3)]
    assert "Dots: dots are added\n- Lightness varies at random. -> a fine grain\n\nGaussian blur: filter" in texts[0]
    assert [text.splitlines()[-1] for text in texts] == [
        "- A pale layer lies over the picture. ->",
        "- Light and dark lie closer together. ->",
        "- A pale layer lies over the picture. ->",
    ]
    only_gaps = prompt.render(BLUR, 3, gaps=["less contrast"], context=context)
    assert only_gaps.endswith("- Light and dark lie closer together. ->")


def test_without_pictures_worked_examples_begin_a_list() -> None:
    text = load_prompt("examples").render(BLUR, 3, context=Context(examples=(EXAMPLE,)))
    assert text.endswith(
        "Gaussian blur: filter with a variable Gaussian kernel.\nWhat one sees in the photo, in a few words:\n-"
    )
    assert "a few words:\n- a fine grain\n\n" in text


def test_a_template_of_ones_own_may_use_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.j2"
    file.write_text(
        "{{ levels }} {{ turn }} {{ effects[0].name }} {{ effects[1].level }} {{ similar[0].only_there[0] }} "
        "{{ examples[0].phrases[0] }}"
    )
    context = Context(EFFECTS, (Similar("Defocus", "", (), ("ringing",)),), (EXAMPLE,))
    prompt = load_prompt(str(file))
    assert prompt.used == {"levels", "turn", "effects", "similar", "examples"}
    assert prompt.render(BLUR, 3, context=context, turn=7) == "5 7 veil or haze 2 ringing a fine grain"


def test_a_name_that_is_no_template_lists_those_that_are() -> None:
    with pytest.raises(UserError, match="templates are paper, examples, tell_apart, gaps"):
        load_prompt("papers")


def test_every_shipped_template_says_how_it_is_asked() -> None:
    assert BY_TEMPLATE.keys() == set(TEMPLATES)
    assert BY_TEMPLATE["paper"] == LARGE and LARGE.count(5) == 10 and LARGE.answers(5) == 1
    assert BY_TEMPLATE["examples"] == SMALL and SMALL.count(5) == 3 and SMALL.answers(5) == 40
