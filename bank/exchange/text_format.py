"""A bank as plain text that people read and edit: a heading a distortion, an attribute a line, best first.

    [gaussian_blur]
    a softening of details | crisp, well-defined details
    a loss of fine texture

Lines that begin with # and empty lines say nothing. The bar cannot be part of a phrase (`exiqa.bank.phrases.screens`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from exiqa.bank.attribute import Attribute
from exiqa.core.errors import UserError

BAR = "|"


def ranked_to_text(ranked: Mapping[str, tuple[Attribute, ...]], heading: str = "") -> str:
    """The text that lists the attributes.

    Args:
        ranked: Per distortion id, its attributes, best first.
        heading: Goes above the list as comments.
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    for distortion, attributes in ranked.items():
        lines += ["", f"[{distortion}]"] if lines else [f"[{distortion}]"]
        lines += [a.phrase if a.antonym is None else f"{a.phrase} {BAR} {a.antonym}" for a in attributes]
    return "\n".join(lines) + "\n"


def ranked_from_text(text: str, where: str) -> dict[str, tuple[Attribute, ...]]:
    """The attributes that a text lists, by the headings they stand under.

    Args:
        text: The file's text.
        where: Names the source in errors.

    Raises:
        UserError: A line cannot be read; the sentence says which.
    """
    ranked: dict[str, list[Attribute]] = {}
    current: list[Attribute] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        heading = re.fullmatch(r"\[\s*([^\[\]]+?)\s*\]", line)
        if heading:
            if heading[1] in ranked:
                raise UserError(f"{where}, line {number}: the distortion {heading[1]} has a second heading; join them")
            current = ranked.setdefault(heading[1], [])
            continue
        if current is None:
            raise UserError(f"{where}, line {number}: an attribute before the first heading, such as [gaussian_blur]")
        phrase, *antonyms = (part.strip() for part in line.split(BAR))
        if not phrase or len(antonyms) > 1 or antonyms == [""]:
            raise UserError(f"{where}, line {number}: write 'phrase' or 'phrase {BAR} opposite', not {line!r}")
        current.append(Attribute(phrase=phrase, antonym=antonyms[0] if antonyms else None))
    return {distortion: tuple(attributes) for distortion, attributes in ranked.items() if attributes}
