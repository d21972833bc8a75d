"""Markdown: what comes from outside reads as the text it was, whatever it tries; read back by a real parser."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from exiqa.bench.reports.renderers.markdown import escape_markdown, markdown_page
from exiqa.core.console import printable

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NASTY = ["`", "|", "\\", "*", "_", "<script>", "&amp;", "[a](b)", "![x](y)", "# ", "- ", "1. ", "==", "--", "~~", "$",
         "http://a.b", "www.a.b", "a@b.c", "\n", "\x1b[31m", "\u202e", "<!--", "word", " ", "    "]  # fmt: skip


def _texts(markdown: str) -> list[str]:
    """The text of every inline block; markup inside one (but a line break) is a failure."""
    found = []
    for token in PARSER.parse(markdown):
        assert token.type not in {"html_block", "fence", "code_block"}, token
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "text_special"}, kinds
            found.append("".join(child.content for child in token.children or []))
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(NASTY), min_size=1, max_size=6).map("".join) | st.text(min_size=1, max_size=20))
@example("\\|`|\\")
@example("C #")
@example("-")
@example("=")
def test_text_reads_as_itself_in_every_place(text):
    shown = " ".join(printable(text).split())
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    if not shown:
        return
    assert _texts(f"{escaped}\n") == [shown]
    assert _texts(f"### {escaped}\n") == [shown]
    assert _texts(f"- {escaped}\n") == [shown]
    assert _texts(f"above\n\n{escaped}\n\nbelow\n") == ["above", shown, "below"]
    assert _texts(f"| A | B |\n|:--|--:|\n| {escaped} | 1 |\n") == ["A", "B", shown, "1"]


@pytest.mark.parametrize("text", ["see https://a.example/x", "HTTP://a.example", "www.a.example", "me@a.example"])
def test_nothing_links_by_itself(text):
    # GitHub links these without markup; a backslash in front of the telling sign stops it.
    assert any(mark in escape_markdown(text) for mark in (r"\:", r"\.", r"\@"))


@pytest.mark.parametrize("text", ["0.91", "+4.06", "−0.5", "demo@1, K = 5", "5 %", "JPEG2000 (level 3)", "3 min 05 s"])
def test_figures_and_names_stay_readable(text):
    assert escape_markdown(text) == text


def _markup(tokens):
    children = [child for token in tokens for child in token.children or []]
    return [(child.type, child.content) for child in children if child.type not in {"text", "text_special"}]


def test_the_page_of_hostile_text_has_the_shape_of_the_page_of_kind_text(make_report):
    kind = PARSER.parse(markdown_page(make_report()))
    hostile = PARSER.parse(markdown_page(make_report("<script>alert(1)</script>|`x`|\x1b[31m\n\n# ![](http://a.b) ")))
    assert [token.type for token in kind] == [token.type for token in hostile]
    assert _markup(kind) == _markup(hostile)
    assert "\x1b" not in markdown_page(make_report("\x1b[31m"))


def test_the_page_says_what_the_tables_and_the_verdict_say(make_report):
    page = markdown_page(make_report())
    assert "tiny, held-out photos: Yes: RMSE 0.1545 against the prior row's 0.2272" in page
    assert "| Gain over the better trivial row | +3.73 | +0.0726 |" in page
    assert "**0.1545** (0.1529–0.1562)" in page
    assert "–<sup>1</sup>" in page
    assert "| a photo that has been distorted (4) | refused | names the distortion |" in page
    assert "\n\n\n" not in page


def test_an_empty_report_has_no_empty_sections(make_report):
    bare = dataclasses.replace(
        make_report(), photos=(), generation=(), steps=(), provenance=(), footnotes=(), verdicts=()
    )
    page = markdown_page(bare)
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## Table II. Identification of distortions and their strengths on held-out photos",
        "## Table III. Predicted quality on held-out photos",
    ]
