"""Lists as LLMs really write them: JSON, numbers, dashes, bold titles, preambles, "There is …" or not."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

from exiqa.core.files import whole_characters

MOST_ITEMS = 100
"""Items read from one answer; a model that writes more has lost the thread."""
LONGEST_ITEM = 500
"""Characters kept of one item. What is longer is refused anyway, and the transcript has the whole answer."""

_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
# 1. / 1) / (1) / 1- / 1: / **1.** / ### 1. – but not 3.5 or 8x8.
_NUMBERED = re.compile(r"^[>#*_|\s]*\(?\d{1,3}\s?[-.):\]–—]+(?!\d)(?P<item>.*)$")
_LETTERED = re.compile(r"^[>*_\s]*\(?(?:[a-hA-H]|[ivxIVX]{1,4})[.)]\s+(?P<item>.*)$")
_BULLET = re.compile(r"^(?P<indent>[>\s]*)(?:[-+*•–—●▪◦‣·]\s+|[•●▪◦‣·])(?P<item>.*)$")
_INLINE = re.compile(r"(?:^|(?<=\s))\(?\d{1,2}[-.):](?=\s)")
_THERE_IS = re.compile(r"there (?:is|are)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"\bthere (?:is|are)\b[^.;\n]*", re.IGNORECASE)
_TITLE = re.compile(r"^(?P<title>[^:]{2,200}?)(?::\s+|\s+[–—-]{1,2}\s+|:$)(?P<rest>.*)$")
_LABEL_WORDS = r"(?:visual\s+)?(?:attribute|effect|answer|output|description|example|item|phrase)s?"
_LABEL = re.compile(rf"^{_LABEL_WORDS}\s*\d*$", re.IGNORECASE)
_LABELLED = re.compile(rf"^[>#*_\s]*{_LABEL_WORDS}\s*\d+[*_]*\s*[-.:)][*_]*\s+(?P<item>.+)$", re.IGNORECASE)
# The last one may lack its end: it is matched all the same, so that no text is searched more than once.
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?P<end>"|\\?\Z)', re.DOTALL)
_JSON_FIELDS = ("attribute", "phrase", "text", "effect", "name", "title", "description")
_SENTENCE_END = re.compile(r"(?<=[\w)\"”])[.!?]\s+(?=[A-Z])")
_QUOTES = "\"'“”‘’«»`"


def parse_answer(text: str, cut: bool = False) -> list[str]:
    r"""The items of the list in an answer, as they are written but for list marks, markdown and explanations.

    Never raises: an answer without a list (empty, a refusal, prose) gives no items.

    Args:
        text: What the LLM wrote.
        cut: Whether the answer ended at its token limit; then a last item that is not closed is left out.

    Returns:
        At most `MOST_ITEMS` items of at most `LONGEST_ITEM` characters, halves of characters (`\ud800` in JSON)
        replaced by `?`.
    """
    body = _FENCE.sub("", _without_thought(text)).strip()
    items = _json_items(body)
    if items is None:
        items = next((items for read in _READERS if (items := read(body))), [])
        if cut:
            items = items[:-1]
    cleaned = (_clean(item) for item in items[:MOST_ITEMS])
    return [short for item in cleaned if any(map(str.isalpha, short := item[:LONGEST_ITEM]))]


def _without_thought(text: str) -> str:
    """Without `<think>…</think>`, which reasoning models write before the answer."""
    start = text.find("<think>")
    if start < 0:
        return text
    end = text.find("</think>", start)
    return text[:start] + (text[end + len("</think>") :] if end >= 0 else "")


def _json_items(body: str) -> list[str] | None:
    """The strings of a JSON answer, a truncated one included; None where the answer is not JSON."""
    decoder = json.JSONDecoder()
    for opening in list(re.finditer(r"[\[{]", body[:2000]))[:20]:
        try:
            value, _ = decoder.raw_decode(body, opening.start())
        except (ValueError, RecursionError):
            continue
        if strings := _strings(value):
            return strings
    if not re.match(r"[\[{]\s*[\"\[{]", body):
        return None
    matches = itertools.islice(_JSON_STRING.finditer(body, max(body.find("["), 0)), 10 * MOST_ITEMS)
    whole = (match for match in matches if match["end"] == '"' and not _is_field(body, match.end()))
    return [text for match in whole if (text := _json_string(match[0]))]


def _is_field(body: str, end: int) -> bool:
    """Whether the string that ends here is a field's name."""
    return body[end : end + 20].lstrip().startswith(":")


def _json_string(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""


def _strings(value: Any) -> list[str]:
    """The list of strings in a JSON value: `["a"]`, `{"attributes": ["a"]}`, `[{"phrase": "a"}]`, `{"1": "a"}`."""
    if isinstance(value, dict):
        inner = next((v for v in value.values() if isinstance(v, list)), None)
        return _strings(inner) if inner is not None else [v for v in value.values() if isinstance(v, str)]
    strings = []
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, str):
            strings.append(entry)
        elif isinstance(entry, dict):
            named = (entry[field] for field in _JSON_FIELDS if field in entry)
            chosen = next((v for v in (*named, *entry.values()) if isinstance(v, str)), None)
            if chosen is not None:
                strings.append(chosen)
    return strings


def _numbered(body: str) -> list[str]:
    """Numbered lines. A heading ("1. Texture:") that stands over several bullets gives way to them."""
    items: list[str] = []
    bullets: list[str] = []
    heading: str | None = None

    def close() -> None:
        if heading is not None:
            items.extend(bullets if len(bullets) > 1 else [heading])

    for line in body.splitlines():
        if match := _NUMBERED.match(line):
            close()
            bullets = []
            text = match["item"].strip(" *_\t")
            heading = text if text.endswith(":") else None
            if heading is None and text:
                items.append(text)
        elif heading is not None and (bullet := _BULLET.match(line)):
            bullets.append(bullet["item"])
    close()
    return items


def _bulleted(body: str) -> list[str]:
    """Bulleted lines of the outermost level."""
    bullets = [match for line in body.splitlines() if (match := _BULLET.match(line)) and match["item"].strip()]
    outermost = min((len(match["indent"]) for match in bullets), default=0)
    return [match["item"] for match in bullets if len(match["indent"]) == outermost]


def _lettered(body: str) -> list[str]:
    items = [match["item"] for line in body.splitlines() if (match := _LETTERED.match(line))]
    return items if len(items) > 1 else []


def _labelled(body: str) -> list[str]:
    """`Attribute 1: a softening of details`, a line each."""
    return [match["item"] for line in body.splitlines() if (match := _LABELLED.match(line))]


def _inline(body: str) -> list[str]:
    """`1) a softening 2) a loss of detail` in running text."""
    if "\n" in body:
        return []
    parts = _INLINE.split(body)
    return [part.strip(" ,;") for part in parts[1:]] if len(parts) > 2 else []


def _there_is_sentences(body: str) -> list[str]:
    return _SENTENCE.findall(body)


def _semicolons(body: str) -> list[str]:
    parts = body.rpartition(":")[2].split(";")
    return parts if len(parts) > 2 else []


def _short_lines(body: str) -> list[str]:
    """One phrase a line, without any mark."""
    lines = [line for line in body.splitlines() if line.strip() and not line.rstrip().endswith(":")]
    return lines if len(lines) > 1 and all(len(line.split()) <= 14 for line in lines) else []


_READERS: tuple[Callable[[str], list[str]], ...] = (
    _inline,
    _numbered,
    _bulleted,
    _lettered,
    _labelled,
    _there_is_sentences,
    _semicolons,
    _short_lines,
)


def _clean(item: str) -> str:
    """One item without markdown, quotes, a label in front or an explanation behind."""
    # Longer than this is no phrase, whatever it is: bound the work on it.
    text = " ".join(whole_characters(item[: 4 * LONGEST_ITEM]).split())
    text = re.sub(r"\*+|`+|(?<!\w)_+|_+(?!\w)", "", text).strip()
    marked = _NUMBERED.match(text) or _BULLET.match(text)
    if marked:
        text = marked["item"].strip()
    text = _SENTENCE_END.split(text, maxsplit=1)[0]
    titled = _TITLE.match(text)
    if titled:
        rest = titled["rest"].strip()
        says_more = rest and (_LABEL.match(titled["title"].strip()) or _THERE_IS.match(rest))
        if says_more:
            text = rest
        elif len(titled["title"].split()) <= 8 or _THERE_IS.match(titled["title"]):
            text = titled["title"]
    return text.strip().strip(_QUOTES).strip(" .,;:!").strip(_QUOTES).strip()
