"""One evil text, and what it must not become where it is shown: markup, a formula, a command, a move of the cursor."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

from markdown_it import MarkdownIt

EVIL = (
    '=HYPERLINK("http://evil.example")</script><script>alert(1)</script><img src=x onerror=alert(1)> '
    "[x](http://evil.example) ![p](q) `c` | \\input{/etc/passwd}\\write18{id}%$&#_^~ {{ 7 * 7 }} [red]r[/red] "
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
)
KIND = "an ordinary name"
FILE_NAME = EVIL.replace("/", "").replace("\x9b", "")[:150] + ".png"
"""As far as a file may be called so."""


def problems(kind: str, text: str, harmless: str = "") -> list[str]:
    """What is live in an output that shows `EVIL`, in words.

    Args:
        kind: "terminal", "json", "csv", "html", "md" or "tex".
        text: The output.
        harmless: The same output where `KIND` is shown in its place; needed for the last three.
    """
    found = [
        f"U+{ord(c):04X} is in it" for c in set(text) if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t"
    ]
    if kind == "json":
        json.loads(text)
    elif kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        found += [
            f"{cell[:60]!r} is a formula" for cell in cells if re.match(r"[=@＝＋－＠\t\r]|[+-](?![\d.]+$)", cell)
        ]
    elif kind == "html":
        found += _more(_tags(text), _tags(harmless))
    elif kind == "md":
        found += _more(_tokens(text), _tokens(harmless))
    elif kind == "tex":
        found += _more(_commands(text), _commands(harmless))
    return found


def _more(evil: Counter[str], harmless: Counter[str]) -> list[str]:
    return [f"{count} more {name!r}" for name, count in (evil - harmless).items()]


def _tags(page: str) -> Counter[str]:
    """Elements with the names of their attributes, and everything that an attribute makes a browser fetch."""
    found: Counter[str] = Counter()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            names = sorted(name for name, _ in attributes)
            if tag not in LAYOUT or any(name.startswith("on") for name in names):
                found[f"<{tag} {' '.join(names)}>"] += 1
            for name, value in attributes:
                if name in ("href", "src", "action", "xlink:href", "srcset") and "evil" in (value or ""):
                    found[f"{name}={value}"] += 1

    Tags().feed(page)
    return found


LAYOUT = {"small", "text", "tspan", "br", "wbr"}
"""Elements of which a longer text may have more."""


def _tokens(page: str) -> Counter[str]:
    """Markdown's tokens, as GitHub makes them: links by their bare addresses too."""
    found: Counter[str] = Counter()
    waiting = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    while waiting:
        token = waiting.pop()
        waiting += token.children or []
        if token.type not in ("text", "text_special", "inline", "softbreak"):
            found[token.type] += 1
    return found


SPELT = {
    "textbackslash", "textasciitilde", "textasciicircum", "textquotedbl", "textquotesingle", "textasciigrave",
    "textless", "textgreater", "textbar", "allowbreak", "char", "ttfamily", "scriptsize", "par", *"{}%$&#_",
}  # fmt: skip
"""Commands that print a character, and those of its size and of a longer text's end."""


def _commands(document: str) -> Counter[str]:
    """LaTeX's commands, but for those that print a character."""
    return Counter(name for name in re.findall(r"\\([A-Za-z]+|.)", document) if name not in SPELT)
