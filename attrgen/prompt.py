"""Prompts: Jinja2 templates rendered in Jinja's sandbox, named and hashed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from exiqa.bank.taxonomy import Distortion
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

VARIABLES = ("count", "count_words", "name", "explanation", "taken", "gaps")
"""What a template may use: how many phrases (as a number, in words), the distortion, the phrases it already has, and
the effects that its pictures show and none of them names."""

_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", *_TEENS)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Prompt:
    """A prompt template. Its hash goes into the bank's provenance."""

    name: str
    source: str

    @property
    def hash(self) -> str:
        """SHA-256 of the template's text, 64 hex digits."""
        return sha256_hex(self.source)

    def render(self, distortion: Distortion, count: int, taken: Sequence[str] = (), gaps: Sequence[str] = ()) -> str:
        """The text for one distortion.

        Args:
            distortion: Its name and explanation are shown.
            count: How many phrases to ask for.
            taken: Phrases that the distortion has already and the LLM is asked not to repeat.
            gaps: Names of effects that can be seen and that no phrase speaks of yet.

        Raises:
            UserError: The template uses an undefined variable or what the sandbox forbids, or comes out empty.
        """
        try:
            text = _compiled(self.source).render(
                count=count,
                count_words=in_words(count),
                name=distortion.name,
                explanation=distortion.explanation,
                taken=list(taken),
                gaps=list(gaps),
            )
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise UserError(
                f"prompt {self.name}: {str(error) or type(error).__name__}; it may use {', '.join(VARIABLES)}"
            ) from None
        if not text.strip():
            raise UserError(
                f"prompt {self.name} comes out empty for {distortion.id}; write what the LLM is to be asked"
            )
        return text


@functools.cache
def _compiled(source: str) -> Template:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(source)


def load_prompt(path: Path | None = None) -> Prompt:
    """The user's own template, or without one the paper's (section IV-B, its example to the word).

    Raises:
        UserError: The file is not UTF-8 text.
    """
    if path is None:
        source = (resources.files("exiqa.attrgen") / "prompts" / "paper.j2").read_text(encoding="utf-8")
        return Prompt("paper", source)
    return Prompt(path.stem, read_text(path))


def in_words(number: int) -> str:
    """A count as the paper prints it: 5 is "five". From a hundred on, digits."""
    if not 0 <= number < 100:
        return str(number)
    if number < 20:
        return _UNITS[number]
    tens, units = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_UNITS[units]}" if units else "")
