from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exiqa.attrgen.answers.parse import LONGEST_ITEM, MOST_ITEMS, parse_answer
from exiqa.bank.phrases.screens import strip_frame

# The five sentences of the paper's own example, as GPT-3 wrote them (section IV-B).
PAPER = """- 1- There is a softening of details in the photo.
- 2- There is a gentle blending of colors and tones.
- 3- There is a reduction in image clarity.
- 4- There is a slight loss of fine texture, edges, and detail.
- 5- There is a dreamy or softened appearance to the overall image."""

AS_WRITTEN = {
    "half a character in JSON": (r'["a \ud800 glow", "a \udfff\ud83d\ude00 haze"]', ["a ? glow", "a ?\U0001f600 haze"]),
    "half a character in cut JSON": (r'["a \ud800 glow", "a h', ["a ? glow"]),
    "numbers": ("1. a soft glow\n2. a loss of edges", ["a soft glow", "a loss of edges"]),
    "the paper's numbers": ("1- There is a soft glow\n2- There is a haze", ["There is a soft glow", "There is a haze"]),
    "parentheses": ("1) a soft glow\n(2) a haze", ["a soft glow", "a haze"]),
    "dashes": ("- a soft glow\n- a haze\n", ["a soft glow", "a haze"]),
    "stars": ("* a soft glow\n* a haze\n", ["a soft glow", "a haze"]),
    "bullets without space": ("•a soft glow\n•a haze\n", ["a soft glow", "a haze"]),
    "letters": ("a) a soft glow\nb) a haze", ["a soft glow", "a haze"]),
    "bold titles": ("1. **Soft glow**: lights bleed.\n2. **A haze** - over it all.", ["Soft glow", "A haze"]),
    "bold numbers": ("**1.** a soft glow\n**2.** a haze", ["a soft glow", "a haze"]),
    "bold all": ("**1. a soft glow**\n**2. a haze**", ["a soft glow", "a haze"]),
    "headings": ("### 1. Soft glow\nLights bleed.\n### 2. A haze\nOver it.", ["Soft glow", "A haze"]),
    "preamble": ("Sure! Here are two:\n\n1. a soft glow\n2. a haze\n\nI hope it helps!", ["a soft glow", "a haze"]),
    "labels": ("Attribute 1: There is a soft glow\nAttribute 2: a haze", ["There is a soft glow", "a haze"]),
    "explained sentences": ("1. There is a haze: it covers all.\n2. a glow", ["There is a haze", "a glow"]),
    "more sentences": ("1. There is a haze. It covers all. Badly.\n2. a glow.", ["There is a haze", "a glow"]),
    "nested": ("- a soft glow\n  - around lights\n- a haze\n  - far away", ["a soft glow", "a haze"]),
    "groups": ("1. Edges:\n   - a soft glow\n   - a haze\n2. Rest:\n   - dull", ["a soft glow", "a haze", "Rest"]),
    "one line": ("1) a soft glow, 2) a haze", ["a soft glow", "a haze"]),
    "plain lines": ("a soft glow\na haze\n", ["a soft glow", "a haze"]),
    "semicolons": ("They are: a soft glow; a haze; dull colors.", ["a soft glow", "a haze", "dull colors"]),
    "sentences": ("There is a soft glow. There are pale colors.", ["There is a soft glow", "There are pale colors"]),
    "quotes": ('1. "a soft glow"\n2. “a haze”', ["a soft glow", "a haze"]),
    "windows": ("1. a soft glow\r\n2. a haze\r\n", ["a soft glow", "a haze"]),
    "thought": ("<think>\n1. no\n2. never\n</think>\n1. a soft glow\n2. a haze", ["a soft glow", "a haze"]),
    "JSON": ('{"attributes": ["a soft glow", "a haze"]}', ["a soft glow", "a haze"]),
    "JSON list": ('["a soft glow", "a haze"]', ["a soft glow", "a haze"]),
    "fenced JSON": ('Here:\n```json\n["a soft glow", "a haze"]\n```\nDone.', ["a soft glow", "a haze"]),
    "JSON objects": ('[{"attribute": "a soft glow", "why": "x"}, {"attribute": "a haze"}]', ["a soft glow", "a haze"]),
    "JSON by number": ('{"1": "a soft glow", "2": "a haze"}', ["a soft glow", "a haze"]),
    "truncated JSON": ('{"attributes": ["a soft glow", "a haze", "a ble', ["a soft glow", "a haze"]),
    "decimals": ("1. a loss of 3.5 steps\n2. blocks of 8x8", ["a loss of 3.5 steps", "blocks of 8x8"]),
    "empty": ("", []),
    "blank": (" \n\t\n", []),
    "refusal": ("I'm sorry, but I can't help with that.", []),
    "prose": ("The picture simply looks bad, and nobody would like it.", []),
    "unfinished thought": ("<think>1. a soft glow\n2. a haze", []),
    "rules": ("---\n***\n", []),
    "empty JSON": ('{"attributes": []}', []),
}


def test_the_papers_own_answer_gives_the_papers_attributes() -> None:
    assert [strip_frame(item) for item in parse_answer(PAPER)] == [
        "a softening of details",
        "a gentle blending of colors and tones",
        "a reduction in image clarity",
        "a slight loss of fine texture, edges, and detail",
        "a dreamy or softened appearance",
    ]


@pytest.mark.parametrize(("text", "items"), AS_WRITTEN.values(), ids=AS_WRITTEN.keys())
def test_lists_as_models_write_them(text: str, items: list[str]) -> None:
    assert parse_answer(text) == items


def test_the_last_item_of_a_cut_answer_is_left_out() -> None:
    assert parse_answer("1- There is a haze\n2- There is a lo", cut=True) == ["There is a haze"]
    # JSON shows by itself what is whole.
    assert parse_answer('{"attributes": ["a haze", "a lo', cut=True) == ["a haze"]
    assert parse_answer('["a haze", "a glow"]', cut=True) == ["a haze", "a glow"]


phrases = st.lists(
    st.from_regex(r"a [a-z]{3,10} of [a-z]{3,10} (on|near|over) [a-z]{3,10}", fullmatch=True), min_size=2, max_size=20
)
styles = st.sampled_from(["{i}. {p}", "{i}- {p}.", "({i}) {p}", "- {p}", "* **{p}**", "• {p}", "{i}. There is {p}."])


@given(phrases, styles)
def test_every_style_of_list_gives_its_phrases_back(expected: list[str], style: str) -> None:
    text = "Here they are:\n" + "\n".join(style.format(i=i, p=phrase) for i, phrase in enumerate(expected, start=1))
    assert [strip_frame(item) for item in parse_answer(text)] == expected


@given(phrases, st.integers(0, 400))
def test_json_cut_anywhere_gives_whole_phrases_only(expected: list[str], cut: int) -> None:
    text = json.dumps({"attributes": expected})[: cut + len('{"attributes": [')]
    items = parse_answer(text, cut=True)
    assert items == expected[: len(items)]


@example("0\r²")
@given(st.text(st.characters(codec=None), max_size=400) | st.text('-*•1.)( \n[]{}":,_`#>a\x1b\u202e', max_size=400))
def test_anything_gives_short_items_with_letters(text: str) -> None:
    for item in parse_answer(text):
        assert item and len(item) <= LONGEST_ITEM and any(character.isalpha() for character in item)
        assert "\n" not in item


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1. ",
        "[",
        "{",
        '"',
        "- x\n",
        " ",
        "1-",
        "There is ",
        '["\\',
        "_*",
        ":",
        "(1\n",
        "> ",
        "#*_| ",
        "a - ",
        "\n",
        '\\"',
    ],
)
@pytest.mark.parametrize("start", ["", '["'])
def test_a_megabyte_of_anything_is_read_in_bounded_memory(start: str, unit: str) -> None:
    text = start + unit * (1_000_000 // len(unit))
    tracemalloc.start()
    try:
        items = parse_answer(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(items) <= MOST_ITEMS and peak < 300e6
