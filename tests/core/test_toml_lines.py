"""The lines of keys and values, against texts whose lines are known."""

from __future__ import annotations

import pytest

from exiqa.core.toml_lines import line_of, locate

TEXT = (
    '''# a comment
title = "T"
text = """
[not] a = "header"
k = 1"""

[tuning]
mode = "full"; 
'''.replace("; ", "")
    + """
[datasets.a]
options = { height = 96, references = 5 }
banks = { own = "x@1" }

[[cells]]
test = [
  "a",
  # of the second
  "b",
]
[[cells]]
test = ["c"]
kk.deep = 3

[cells.more]
x = 1
"""
)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 2),
        (("text",), 3),
        (("k",), None),
        (("tuning",), 7),
        (("tuning", "mode"), 8),
        (("datasets", "a"), 10),
        (("datasets", "a", "options", "references"), 11),
        (("datasets", "a", "wanting"), 10),
        (("cells", 0, "test", 1), 18),
        (("cells", 1), 20),
        (("cells", 1, "test", 0), 21),
        (("cells", 1, "kk", "deep"), 22),
        (("cells", 1, "more", "x"), 25),
        (("cells", 7), None),
        ((), None),
    ],
)
def test_lines(place: tuple[int | str, ...], line: int | None) -> None:
    assert line_of(TEXT, place) == line


def test_what_an_error_begins_with() -> None:
    assert locate("my.toml", TEXT, ("tuning", "mode")) == "my.toml, line 8"
    assert locate("my.toml", TEXT, ("nothing",)) == "my.toml"
