"""Prompts: Jinja2 templates rendered in Jinja's sandbox, named and hashed."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from exiqa.bank.taxonomy import Distortion
from exiqa.core.documents import read_text
from exiqa.core.errors import UserError
from exiqa.core.files import sha256_hex

VARIABLES = ("count", "count_words", "name", "explanation", "taken", "gaps")
"""What a template may use: how many phrases (as a number, in words), the distortion, the phrases it already has, and
the effects that its pictures show and none of them names."""

_CHILD = Path(__file__).with_name("template_child.py")
_SECONDS = 30
"""Until a child that renders a template is ended; it ends itself after ten of work."""

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
        values = {
            "count": count,
            "count_words": in_words(count),
            "name": distortion.name,
            "explanation": distortion.explanation,
            "taken": list(taken),
            "gaps": list(gaps),
        }
        ours = self.source == _shipped()
        text = _compiled(self.source).render(**values) if ours else self._render_apart(values)
        if not text.strip():
            raise UserError(
                f"prompt {self.name} comes out empty for {distortion.id}; write what the LLM is to be asked"
            )
        return text

    def _render_apart(self, values: dict[str, Any]) -> str:
        """The template's text, rendered by a process of its own, whose memory and time are bounded."""
        asked = json.dumps({"source": self.source, "values": values})
        try:
            child = subprocess.run(
                [sys.executable, "-I", str(_CHILD)],
                input=asked,
                capture_output=True,
                encoding="utf-8",
                timeout=_SECONDS,
            )
            answer = json.loads(child.stdout)
        except subprocess.TimeoutExpired:
            answer = {"error": "it takes too long"}
        except ValueError:
            # Ended by its own limits, before it could say so.
            answer = {"error": "it takes too long, or needs too much memory"}
        if "error" in answer:
            raise UserError(f"prompt {self.name}: {answer['error']}; it may use {', '.join(VARIABLES)}")
        return str(answer["text"])


@functools.cache
def _shipped() -> str:
    return (resources.files("exiqa.attrgen") / "prompts" / "paper.j2").read_text(encoding="utf-8")


@functools.cache
def _compiled(source: str) -> Template:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(source)


def load_prompt(path: Path | None = None) -> Prompt:
    """The user's own template, or without one the paper's (section IV-B, its example to the word).

    Raises:
        UserError: The file is not UTF-8 text.
    """
    if path is None:
        return Prompt("paper", _shipped())
    return Prompt(path.stem, read_text(path))


def in_words(number: int) -> str:
    """A count as the paper prints it: 5 is "five". From a hundred on, digits."""
    if not 0 <= number < 100:
        return str(number)
    if number < 20:
        return _UNITS[number]
    tens, units = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_UNITS[units]}" if units else "")
