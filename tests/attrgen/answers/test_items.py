"""What a model took from its prompt is not what it wrote."""

from __future__ import annotations

from exiqa.attrgen.answers.items import read_items
from exiqa.attrgen.request import Answer, Request, Sampling


def read(prompt: str, text: str) -> list[tuple[str, bool]]:
    request = Request(llm="m", distortion="d", round=1, prompt=prompt, count=3, seed=1, sampling=Sampling())
    answer = Answer(key=request.key, text=text, tokens_in=1, tokens_out=1, model="m")
    return [(item.phrase, item.copied) for item in read_items(request, answer)]


def test_a_phrase_of_a_worked_example_or_one_that_is_taken_is_copied() -> None:
    prompt = (
        "Dots: dots are added\n- Lightness varies. -> a fine grain\n- a sandy veil\n\n"
        "- There is a soft haze in the photo.\nFog: fog is added\n-"
    )
    assert read(prompt, "- A fine grain.\n- a sandy veil\n- a soft haze\n- a pale sheet\n- dots are added") == [
        ("a fine grain", True),
        ("a sandy veil", True),
        ("a soft haze", True),
        ("a pale sheet", False),
        ("dots are added", False),
    ]


def test_an_open_line_lists_nothing() -> None:
    assert read("- a veil -> a haze\n- a glow ->", "- a milky light") == [("a milky light", False)]
